/**
 * What the engine's glue takes for `TextEncoder` and `TextDecoder`: the build gives it these by those names. They are the
 * host's own; jsdom, in which Jest runs tests of pages, has none.
 */

/** Half of a surrogate pair without the other: with the flag `u`, whole pairs are one character. */
const LONE_SURROGATES = /[\ud800-\udfff]/gu;

/** U+FFFD, which stands for them. */
const REPLACEMENT = "%EF%BF%BD";

class PlainEncoder {
  encode(text: string): Uint8Array {
    const encoded = text.split(LONE_SURROGATES).map(encodeURIComponent).join(REPLACEMENT);
    const bytes = encoded.match(/%..|./g) ?? [];
    return Uint8Array.from(bytes, (one) =>
      one.length > 1 ? Number.parseInt(one.slice(1), 16) : one.charCodeAt(0),
    );
  }
}

class PlainDecoder {
  decode(bytes: Iterable<number> = []): string {
    return decodeURIComponent(Array.from(bytes, (byte) => `%${(256 + byte).toString(16).slice(1)}`).join(""));
  }
}

export const Encoder = globalThis.TextEncoder ?? PlainEncoder;
export const Decoder = globalThis.TextDecoder ?? PlainDecoder;
