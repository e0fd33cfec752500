/** Ids of the application's own, as the global `uuid` of MobileIMSDK's scripts makes them; called itself it is `v4`. */
export interface Uuids {
  (): string;
  /** By the time. */
  v1(): string;
  /** By randomness alone. */
  v4(): string;
}

/** 100 ns in a ms. */
const TICKS = 10_000;

/** From the beginning of the Gregorian calendar, which v1 counts from, to 1970, in ms. */
const GREGORIAN_MS = 12_219_292_800_000;

/**
 * UUIDs in the layout of RFC 9562.
 *
 * @param random - 32 bits of good randomness
 */
export function uuids(random: () => number): Uuids {
  // Of v1: the last time in ms, how many were made in it, and the random number that stands for this page.
  let last = 0;
  let count = 0;
  let node: string | undefined;

  const v4 = () => {
    const [a, b, c, d] = [hex(random(), 8), hex(random(), 8), hex(random(), 8), hex(random(), 8)];
    return layout(a, b.slice(0, 4), `4${b.slice(5)}`, variant(c.slice(0, 4)), c.slice(4) + d);
  };
  const v1 = () => {
    // A bit in the first byte of its end says that it is no network card's.
    node ??= hex((random() | 0x100) >>> 0, 8) + hex(random(), 8);
    const now = Date.now();
    count = now > last ? 0 : count + 1;
    // A clock that stands still or goes back is moved on.
    if (count === TICKS) {
      last += 1;
      count = 0;
    }
    last = Math.max(last, now);
    // 60 bits, in two halves that a number can hold.
    const ms = last + GREGORIAN_MS;
    const low = (ms % 2 ** 24) * TICKS + count;
    const high = Math.floor(ms / 2 ** 24) * TICKS + Math.floor(low / 2 ** 24);
    const time = hex(high, 9) + hex(low % 2 ** 24, 6);
    return layout(
      time.slice(7),
      time.slice(3, 7),
      `1${time.slice(0, 3)}`,
      variant(node.slice(0, 4)),
      node.slice(4),
    );
  };
  return Object.assign(() => v4(), { v1, v4 });
}

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, "0");

/** Four digits with the two bits that say whose layout this is. */
const variant = (digits: string) => hex((Number.parseInt(digits, 16) & 0x3fff) | 0x8000, 4);

const layout = (...parts: string[]) => parts.join("-");
