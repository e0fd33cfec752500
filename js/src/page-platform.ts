import { barePlatform } from "./bare-platform.js";
import type { WasmSource } from "./engine.js";
import { indexedDbStore } from "./indexed-db.js";
import { watchPage } from "./lifecycle.js";
import type { Platform } from "./platform.js";
import { shareBetweenTabs } from "./shared-driver.js";

/** A page, wherever the engine is. */
export function pagePlatform(engine: () => WasmSource): Platform {
  return { ...barePlatform(engine), store: indexedDbStore, share: shareBetweenTabs, watch: watchPage };
}
