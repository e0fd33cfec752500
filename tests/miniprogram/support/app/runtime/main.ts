/** Runs the compiled mini-program in a browser: Tencent's component framework, and stand-ins for the host. */
import * as adapter from "glass-easel-miniprogram-adapter";
import { StandInHost } from "../../../../support/mini-program/wx/host.js";
import type { StandardSocket } from "../../../../support/mini-program/wx/sockets.js";
import type { AppData } from "../app-data.js";
import { listenToElements } from "./elements.js";
import { requireModule } from "./modules.js";
import { Pages } from "./pages.js";
import { pageSurface } from "./surface.js";

declare global {
  interface Window {
    app: AppData;
    templates: Record<string, unknown>;
    modules: Record<string, (...args: unknown[]) => void>;
    /** For the tests. */
    host: StandInHost;
  }
}

const host = new StandInHost({
  socketClass: WebSocket as unknown as new (url: string) => StandardSocket,
  shelf: {
    keys: () => Object.keys(localStorage),
    get: (key) => localStorage.getItem(key) ?? undefined,
    set: (key, value) => localStorage.setItem(key, value),
    delete: (key) => localStorage.removeItem(key),
  },
  random: (length) => crypto.getRandomValues(new Uint8Array(length)).buffer,
});
window.host = host;

// Tests and `scroll-into-view` find elements by their ids, which get a prefix.
adapter.glassEasel.globalOptions.writeIdToDOM = true;
const environment = new adapter.MiniProgramEnv();
const space = environment.createCodeSpace("", true);
const context = new adapter.glassEasel.CurrentWindowBackendContext();
const backend = environment.associateBackend(context);
listenToElements(context);

const { app, templates } = window;
const pages = new Pages(app, space, backend);
Object.assign(window, {
  wx: { ...host.surface(), ...pageSurface(pages) },
  WXWebAssembly: {
    instantiate: async (path: string, imports: WebAssembly.Imports) => {
      const response = await fetch(path.replace(/^\//, ""));
      if (!response.ok) throw new Error(`no such file in the package: ${path}`);
      const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), imports);
      return instance;
    },
  },
});

const style = document.createElement("style");
style.textContent = app.css;
document.head.append(style);
for (const [path, { config, css, scope }] of Object.entries(app.components)) {
  backend.registerStyleSheetContent(path, css);
  space.addStyleSheet(path, path, scope);
  space.addComponentStaticConfig(path, config as never);
  space.addCompiledTemplate(path, { groupList: templates, content: templates[path] } as never);
}

let launch = () => {};
let appDefinition: object = {};
Object.assign(window, {
  App: (definition: { onLaunch?(options: object): void }) => {
    appDefinition = definition;
    launch = () => definition.onLaunch?.({ path: app.pages[0], scene: 1001 });
  },
  getApp: () => appDefinition,
});
requireModule("app.js");
for (const path of Object.keys(app.components)) {
  space.globalComponentEnv(window, path, () => requireModule(`${path}.js`));
}
launch();
pages.reLaunch(`/${app.pages[0]}`);
