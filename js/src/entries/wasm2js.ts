/**
 * The engine in JavaScript, for where there is no WebAssembly: Lockdown Mode of iOS, or a page whose
 * Content-Security-Policy forbids it. Half again as large (34 KB instead of 23, compressed): load it only there.
 *
 * ```ts
 * const wasm = typeof WebAssembly === "undefined" ? (await import("mobileim/wasm2js")).instantiate : undefined;
 * const im = await createClient({ url, wasm });
 * ```
 */

import { asmFunc } from "../engine/wasm2js.js";
import type { Instantiate } from "../platform/engine.js";

/** Goes into `ClientOptions.wasm`. */
export const instantiate: Instantiate = (imports) => asmFunc(imports);
