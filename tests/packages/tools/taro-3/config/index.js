module.exports = {
  projectName: "chat",
  date: "2026-11-27",
  designWidth: 750,
  deviceRatio: { 640: 2.34 / 2, 750: 1, 828: 1.81 / 2 },
  sourceRoot: "src",
  outputRoot: "dist",
  plugins: [],
  defineConstants: {},
  // The engine, which a mini-program loads from a file of its own.
  copy: {
    patterns:
      process.env.TARO_ENV === "weapp"
        ? [{ from: require.resolve("mobileim/mobileim.wasm"), to: "dist/mobileim.wasm" }]
        : [],
    options: {},
  },
  framework: "react",
  compiler: { type: "webpack5", prebundle: { enable: false } },
  cache: { enable: false },
  mini: {},
  h5: { publicPath: "./", staticDirectory: "static", router: { mode: "hash" } },
};
