// As the template has it, for a project without component libraries.
module.exports = {
  presets: [
    ["@vue/app", { modules: "commonjs", useBuiltIns: process.env.UNI_PLATFORM === "h5" ? "usage" : "entry" }],
  ],
};
