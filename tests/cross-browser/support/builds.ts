/** A build of the package, as a page loads it: by what its scripts import, or by classic scripts that define globals. */
interface Build {
  imports?: Record<string, string>;
  scripts?: string[];
  /** Whether the engine is the one in JavaScript. */
  wasm2js?: true;
}

/** Where a file of the package is served wrapped, as `require` would run it; its exports become a global of this name. */
const required = (file: string, name: string) => `/required/${name}/${file}`;

/** Every build with the client's own API. */
export const BUILDS = {
  module: { imports: { mobileim: "/mobileim/web/index.js" } },
  slim: { imports: { mobileim: "/mobileim/web/slim.js" } },
  es2018: { imports: { mobileim: "/mobileim/es2018/index.js" } },
  script: { scripts: ["/mobileim/cdn/mobileim.js"] },
  commonjs: { scripts: [required("cjs/index.js", "MobileIM")] },
  wasm2js: {
    imports: { mobileim: "/mobileim/web/index.js", "mobileim/wasm2js": "/mobileim/web/wasm2js.js" },
    wasm2js: true,
  },
} satisfies Record<string, Build>;

export type BuildName = keyof typeof BUILDS;

/** What a page may load: a build, or the drop-in, which has other names and a test of its own. */
export type PageName = BuildName | "imsdk";

/** The import map of a page, as it stands there. */
export function importMap(name: BuildName): string {
  const { imports }: Build = BUILDS[name];
  return JSON.stringify({ imports: imports ?? {} });
}

/** The page that loads a build, or the drop-in. */
export function pageOf(name: PageName): string {
  if (name === "imsdk") return page("", '<script src="/mobileim/cdn/imsdk.js"></script>\n', "/imsdk.js");
  const { scripts = [], wasm2js }: Build = BUILDS[name];
  const tags = scripts.map((script) => `<script src="${script}"></script>\n`);
  const map = `<script type="importmap">${importMap(name)}</script>\n`;
  return page(wasm2js ? ' data-engine="wasm2js"' : "", map + tags.join(""), "/page.js");
}

function page(attributes: string, before: string, main: string): string {
  return `<!doctype html>
<html${attributes}>
<meta charset="utf-8">
<title>The packed client in a page</title>
<link rel="icon" href="data:,">
<script src="/watch.js"></script>
${before}<script type="module" src="${main}"></script>
</html>
`;
}

/** A CommonJS file, to run in a page; undefined unless this is the path of one. */
export function requiredFile(path: string): { file: string; wrap(code: string): string } | undefined {
  const [, name, file] = /^\/required\/(\w+)\/(.*)$/.exec(path) ?? [];
  if (name === undefined || file === undefined) return undefined;
  const wrap = (code: string) => `var ${name} = {};\n((exports) => {${code}\n})(${name});\n`;
  return { file, wrap };
}
