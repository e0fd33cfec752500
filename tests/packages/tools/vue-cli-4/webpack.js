// webpack 4 by itself: `node --openssl-legacy-provider webpack.js ENTRY FOLDER`. Fails on a warning too.
const webpack = require("webpack");

const [entry, path] = process.argv.slice(2);
const compiler = webpack({
  mode: "production",
  performance: { hints: false },
  entry,
  output: { path, filename: "main.js" },
  externals: { react: "{}", vue: "{}" },
  module: {
    rules: [
      {
        test: /\.wasm$/,
        type: "javascript/auto",
        loader: require.resolve("file-loader"),
        options: { name: "[name].[ext]" },
      },
    ],
  },
});
compiler.run((error, stats) => {
  if (error) throw error;
  if (!stats.hasErrors() && !stats.hasWarnings()) return;
  console.error(stats.toString("errors-warnings"));
  process.exitCode = 1;
});
