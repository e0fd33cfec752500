import { barePlatform } from "./bare-platform.js";
import type { WasmSource } from "./engine.js";
import { indexedDbStore } from "./indexed-db.js";
import { watchPage } from "./lifecycle.js";
import type { Platform } from "./platform.js";
import { shareBetweenTabs } from "./shared-driver.js";

/** A page, wherever the engine is. */
export function pagePlatform(engine: () => WasmSource): Platform {
  const page: Platform = {
    ...barePlatform(engine),
    host: "browser",
    share: shareBetweenTabs,
    watch: watchPage,
  };
  // jsdom has none, and nothing that it could outlive.
  if ("indexedDB" in globalThis) page.store = indexedDbStore;
  return page;
}
