import { indexedDbStore } from "../store/indexed-db.js";
import { shareBetweenTabs } from "../tabs/shared.js";
import { barePlatform } from "./bare.js";
import type { WasmSource } from "./engine.js";
import { watchPage } from "./lifecycle.js";
import type { Platform } from "./platform.js";

/** A page, wherever the engine is. */
export function pagePlatform(engine: () => WasmSource): Platform {
  const page: Platform = {
    ...barePlatform(engine),
    host: "browser",
    device: "web",
    share: shareBetweenTabs,
    watch: watchPage,
  };
  // jsdom has none, and nothing that it could outlive.
  if ("indexedDB" in globalThis) page.store = indexedDbStore;
  return page;
}
