import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import { build } from "esbuild";
import { TmplGroup } from "glass-easel-template-compiler";
import { ABSENT, SHADOWED } from "../../../support/mini-program/world-names.js";
import type { AppData, ComponentData } from "./app-data.js";

const root = new URL("../../", import.meta.url).pathname;
/** What miniprogram-ci made of the demo. */
export const APP = join(root, "artifacts/app");
/** What a browser opens to see the demo. */
export const SITE = join(root, "artifacts/site");

/** What stands for files that a mini-program need not have. */
const LEFT_OUT: Record<string, string> = { ".wxss": "", ".json": "{}" };
const NO_THEME = { light: {}, dark: {} };

/** Makes a page of a compiled mini-program, for Tencent's component framework in a browser. */
export async function buildSite(from = APP, to = SITE): Promise<void> {
  const all = await readdir(from, { recursive: true, withFileTypes: true });
  const files = all
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(from, join(parentPath, name)))
    .sort();
  const text = async (path: string) =>
    files.includes(path) ? readFile(join(from, path), "utf8") : (LEFT_OUT[extname(path)] ?? "");
  const json = async <T>(path: string) => JSON.parse(await text(path)) as T;
  const app = await json<{ pages: string[]; window: Record<string, string> }>("app.json");
  const theme: AppData["theme"] = { ...NO_THEME, ...(await json<Partial<AppData["theme"]>>("theme.json")) };
  const paths = files.filter((file) => file.endsWith(".wxml")).map((file) => file.slice(0, -".wxml".length));
  const group = new TmplGroup();
  const components: Record<string, ComponentData> = {};
  for (const path of paths) {
    const complaints = group.addTmpl(path, await text(`${path}.wxml`)) as { message: string }[];
    if (complaints.length > 0) throw new Error(`${path}.wxml: ${JSON.stringify(complaints)}`);
    const isPage = app.pages.includes(path);
    const scope = isPage ? undefined : path.replaceAll("/", "-");
    const css = styles(await text(`${path}.wxss`), scope);
    components[path] = { isPage, scope, css, config: await json(`${path}.json`) };
  }
  const data: AppData = { ...app, theme, components, css: styles(await text("app.wxss"), undefined) };
  const modules = await Promise.all(
    files.filter((file) => file.endsWith(".js")).map(async (file) => wrapped(file, await text(file))),
  );
  await mkdir(to, { recursive: true });
  await writeFile(
    join(to, "app.js"),
    `window.app = ${JSON.stringify(data)};\nwindow.templates = ${group.getTmplGenObjectGroups()};\nwindow.modules = {\n${modules.join(",\n")}\n};\n`,
  );
  group.free();
  await build({
    entryPoints: [join(root, "support/app/runtime/main.ts")],
    outfile: join(to, "runtime.js"),
    bundle: true,
    format: "iife",
    logLevel: "warning",
  });
  await cp(join(root, "support/app/index.html"), join(to, "index.html"));
  for (const file of files.filter((file) => file.endsWith(".wasm")))
    await cp(join(from, file), join(to, file));
}

/** A module, in the function that a compiled mini-program has around it. */
function wrapped(file: string, code: string): string {
  return `${JSON.stringify(file)}: function (require, module, exports, ${[...SHADOWED, ...ABSENT].join(", ")}) {${code}\n}`;
}

/** WXSS to CSS: widths by the screen's, heights by the page's, and the class names of components in a scope of their own. */
function styles(wxss: string, scope: string | undefined): string {
  const css = wxss
    .replace(/(-?[\d.]+)rpx/g, (_, length: string) => `${(Number(length) / 7.5).toFixed(4)}vw`)
    .replace(/\b100vh\b/g, "var(--page-height)")
    .replace(/env\(safe-area-inset-bottom\)/g, "var(--safe-bottom)")
    .replace(/(^|[{},\s])page\b(?=\s*\{)/g, "$1.wx-page");
  if (scope === undefined) return css;
  return css.replace(/([^{}]+)\{/g, (rule: string) => rule.replace(/\.(?=[a-z])/gi, `.${scope}--`));
}
