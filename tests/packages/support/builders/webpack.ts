import webpack from "webpack";
import { fixture, folderWithPage } from "./folders.js";

/** By webpack 5, with no settings but the files' names. */
export async function webpackPage(): Promise<string> {
  return bundle("main.js", "webpack");
}

/** The slim entry likewise. */
export async function webpackSlimPage(): Promise<string> {
  return bundle("main-slim.js", "webpack-slim");
}

async function bundle(entry: string, name: string): Promise<string> {
  const folder = await folderWithPage(name);
  const compiler = webpack({
    mode: "production",
    entry: fixture(`page/${entry}`),
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
