import { length, text } from "../engine/inlined.js";

/**
 * The engine's WebAssembly, from a text that compresses nearly as well as the bytes do; base64, which shifts them against
 * each other, makes a compressed file a third larger. One character is one byte below 89; `}` before it adds 89, `~`
 * twice that. The characters are those from `#` on, but the backslash, so that a string literal needs no escapes.
 *
 * `scripts/inline-wasm.mjs` is the other direction.
 */
export function inlinedEngine(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  let offset = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 124) offset = (code - 124) * 89;
    else {
      bytes[at++] = offset + code - (code > 92 ? 36 : 35);
      offset = 0;
    }
  }
  return bytes;
}
