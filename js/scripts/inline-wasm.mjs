/** Bytes as text for a string literal, in the way that src/platform/inlined.ts reads. */
export function encodeInlined(bytes) {
  return Array.from(bytes, (byte) => {
    const digit = byte % 89;
    return ["", "}", "~"][Math.floor(byte / 89)] + String.fromCharCode(digit + (digit > 56 ? 36 : 35));
  }).join("");
}
