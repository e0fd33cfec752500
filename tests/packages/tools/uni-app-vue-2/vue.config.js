// HBuilderX, which most such projects are built with, finds these beside its compiler; npm's packages do not lead there.
require("module-alias").addAlias(
  "@vue/component-compiler-utils",
  "@dcloudio/vue-cli-plugin-uni/packages/@vue/component-compiler-utils",
);

// Conditional compilation is for what is transpiled.
module.exports = { transpileDependencies: ["mobileim"] };
