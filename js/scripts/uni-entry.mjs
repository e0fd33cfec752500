// dist/uni/index.js: the page's script or the mini-program's, as uni-app's conditional compilation chooses. And
// dist/es2018/uni.js, the same for uni-app with Vue 2, which bundles with webpack 4.
import { mkdirSync, writeFileSync } from "node:fs";
import { root } from "./entries.mjs";

/** Writes them. The other bundles must be there. */
export async function uniEntry() {
  const names = Object.keys(await import(`${root}/dist/web/index.js`));
  // The second half names what it exports: where nothing is compiled conditionally, such as in a development server that
  // bundles its dependencies beforehand, both halves are there, and what is named counts.
  const text = (page) => `// #ifdef MP-WEIXIN
export * from "../miniprogram/index.js";
// #endif
// #ifndef MP-WEIXIN
export {
  ${names.join(",\n  ")},
} from "${page}";
// #endif
`;
  mkdirSync(`${root}/dist/uni`, { recursive: true });
  writeFileSync(`${root}/dist/uni/index.js`, text("../web/index.js"));
  writeFileSync(`${root}/dist/es2018/uni.js`, text("./index.js"));
}
