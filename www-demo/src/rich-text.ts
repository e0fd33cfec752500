/** What is in a text besides words. */

/** A piece of a text; one with an address can be followed. */
export interface Piece {
  text: string;
  href?: string;
}

// Chinese writes no space after an address: its punctuation and its letters end it.
const ADDRESS =
  /\b(?:https?:\/\/|www\.)[^\s<>"'`，。！？；：、（）《》「」『』【】\u3400-\u9fff\uff00-\uffef]+/giu;

/** A text in pieces, with its addresses. Only http and https are followed, whatever somebody sends. */
export function pieces(text: string): Piece[] {
  const all: Piece[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutTail(found);
    const href = webAddress(/^www\./i.test(address) ? `https://${address}` : address);
    if (href === undefined) continue;
    if (index > end) all.push({ text: text.slice(end, index) });
    all.push({ text: address, href });
    end = index + address.length;
  }
  if (end < text.length) all.push({ text: text.slice(end) });
  return all;
}

/** The address, if a browser may go there: http or https, with a host. */
export function webAddress(text: string): string | undefined {
  const url = URL.parse ? URL.parse(text) : tryParse(text);
  return url && /^https?:$/.test(url.protocol) && url.hostname !== "" ? url.href : undefined;
}

function tryParse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** What ends a sentence does not belong to an address, nor does a bracket that was opened before it. */
function withoutTail(address: string): string {
  const trimmed = address.replace(/[.,;:!?*_~]+$/, "");
  if (!trimmed.endsWith(")")) return trimmed;
  const count = (bracket: string) => trimmed.split(bracket).length;
  return count(")") > count("(") ? withoutTail(trimmed.slice(0, -1)) : trimmed;
}

/** So many emoji and nothing else are shown large. */
const LARGE = 3;

const graphemes = typeof Intl.Segmenter === "function" ? new Intl.Segmenter() : undefined;
const EMOJI =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|\p{Regional_Indicator}{2}|[\d#*]\uFE0F?\u20E3)/u;

/** Whether a text is nothing but a few emoji. */
export function isEmoji(text: string): boolean {
  // The longest family takes some 11 units.
  if (graphemes === undefined || text.length > LARGE * 16) return false;
  const all = [...graphemes.segment(text.replaceAll(/\s/g, ""))];
  return all.length > 0 && all.length <= LARGE && all.every(({ segment }) => EMOJI.test(segment));
}
