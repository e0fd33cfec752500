import webpack from "webpack";
import { fixture, folderWithPage } from "./folders.js";

/** By webpack 5, with no settings but the files' names. */
export async function webpackPage(): Promise<string> {
  const folder = await folderWithPage("webpack");
  const compiler = webpack({
    mode: "production",
    entry: fixture("page/main.js"),
    output: { path: folder, filename: "main.js" },
  });
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    compiler.run((error, result) => (error ? reject(error) : resolve(result)));
  });
  await new Promise<void>((resolve) => compiler.close(() => resolve()));
  if (stats === undefined || stats.hasErrors() || stats.hasWarnings()) {
    throw new Error(stats?.toString("errors-warnings") ?? "webpack gave no result");
  }
  return folder;
}
