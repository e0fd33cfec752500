/**
 * The parts of `TextEncoder` and `TextDecoder` that wasm-bindgen's glue uses, for hosts that have neither. The build
 * gives them to the glue under those names.
 */

const REPLACEMENT = 0xfffd;

/** Text to UTF-8. A lone surrogate becomes U+FFFD, as the standard wants. */
export class Utf8Encoder {
  encode(text: string): Uint8Array {
    // A UTF-16 unit takes three bytes at most: a pair of them takes four.
    const bytes = new Uint8Array(text.length * 3);
    return bytes.slice(0, this.encodeInto(text, bytes).written);
  }

  /** Writes as many whole characters as there is room for. */
  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    while (read < text.length && written < into.length) {
      let code = text.charCodeAt(read);
      // Most of it, in which phones whose JavaScript is not compiled have no time to lose.
      if (code < 0x80) {
        into[written++] = code;
        read++;
        continue;
      }
      code = text.codePointAt(read) as number;
      const units = code > 0xffff ? 2 : 1;
      if (code >= 0xd800 && code <= 0xdfff) code = REPLACEMENT;
      const size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      if (written + size > into.length) break;
      // The first byte has as many leading ones as there are bytes, the others are 10xxxxxx.
      const lead = 0xf00 >> size;
      into[written] = (lead & 0xff) | (code >> (6 * (size - 1)));
      for (let at = 1; at < size; at++) into[written + at] = 0x80 | ((code >> (6 * (size - 1 - at))) & 0x3f);
      read += units;
      written += size;
    }
    return { read, written };
  }
}

/** UTF-8 to text. The engine, whose strings are UTF-8 by definition, is all that it reads. */
export class Utf8Decoder {
  decode(bytes: Uint8Array = new Uint8Array(0)): string {
    let text = "";
    let units: number[] = [];
    for (let at = 0; at < bytes.length; ) {
      const lead = bytes[at] as number;
      const size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      let code = size === 1 ? lead : lead & (0x7f >> size);
      for (let next = 1; next < size; next++) code = (code << 6) | ((bytes[at + next] as number) & 0x3f);
      if (code > 0xffff) units.push(0xd7c0 + (code >> 10), 0xdc00 | (code & 0x3ff));
      else units.push(code);
      at += size;
      // Arguments are kept on a stack, which is not endless.
      if (units.length > 4000 || at >= bytes.length) {
        text += String.fromCharCode(...units);
        units = [];
      }
    }
    return text;
  }
}
