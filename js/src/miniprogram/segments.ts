import { readKey, removeKey, writeKey } from "./storage.js";

/** One value of the host's storage: some items of a list. */
interface Segment<T> {
  /** Its place in the list, and the end of its key. */
  number: number;
  items: T[];
  /** In UTF-16 units. */
  size: number;
  dirty: boolean;
}

/** How large a list and its segments may grow. */
export interface SegmentLimits {
  /** Items in a segment: appending one writes its segment anew. */
  items: number;
  /** UTF-16 units in a segment with more than one item; the host allows 1 MB of UTF-8. */
  units: number;
  /** Past this many segments the oldest is dropped. */
  segments: number;
}

/**
 * A list in the host's storage, in segments, so that a change does not write all of it anew.
 *
 * The keys are a prefix and a number that grows, so that they alone tell the order: a killed app leaves nothing half
 * written. Changes are made here at once and written by {@link SegmentedList.flush}.
 */
export class SegmentedList<T> {
  readonly #prefix: string;
  readonly #limits: SegmentLimits;
  readonly #size: (item: T) => number;
  #segments: Segment<T>[] = [];
  #emptied: number[] = [];

  constructor(prefix: string, limits: SegmentLimits, size: (item: T) => number) {
    this.#prefix = prefix;
    this.#limits = limits;
    this.#size = size;
  }

  /** Reads the segments among these keys. What could not be written before, and is here only, stays. */
  async load(keys: readonly string[], isItem: (item: unknown) => item is T): Promise<void> {
    const stored: Segment<T>[] = [];
    for (const key of keys.filter((one) => one.startsWith(this.#prefix))) {
      const number = Number(key.slice(this.#prefix.length));
      if (!(number > 0)) continue;
      const data = await readKey(key);
      const items = Array.isArray(data) ? data.filter(isItem) : [];
      stored.push({ number, items, size: sum(items, this.#size), dirty: false });
    }
    const unwritten = this.#segments.filter(({ dirty }) => dirty);
    const overtaken = new Set([...unwritten.map(({ number }) => number), ...this.#emptied]);
    this.#segments = [...stored.filter(({ number }) => !overtaken.has(number)), ...unwritten].sort(
      (a, b) => a.number - b.number,
    );
  }

  get items(): T[] {
    return this.#segments.reduce<T[]>((all, { items }) => all.concat(items), []);
  }

  append(item: T): void {
    const { items, units, segments } = this.#limits;
    const size = this.#size(item);
    let last = this.#segments[this.#segments.length - 1];
    if (last === undefined || last.items.length >= items || last.size + size > units) {
      // The time, so that a list which could not be read is continued, not overwritten.
      last = { number: Math.max((last?.number ?? 0) + 1, Date.now()), items: [], size: 0, dirty: true };
      this.#segments.push(last);
      if (this.#segments.length > segments) this.#drop(0);
    }
    last.items.push(item);
    last.size += size;
    last.dirty = true;
  }

  /** Removes the first item for which this holds. */
  remove(isIt: (item: T) => boolean): void {
    const at = this.#segments.findIndex(({ items }) => items.some(isIt));
    const segment = this.#segments[at];
    if (segment === undefined) return;
    segment.items.splice(segment.items.findIndex(isIt), 1);
    segment.size = sum(segment.items, this.#size);
    segment.dirty = true;
    if (segment.items.length === 0) this.#drop(at);
  }

  /** Writes what has changed. What fails is tried again with the next change. */
  async flush(): Promise<void> {
    let failed: { cause: unknown } | undefined;
    const attempt = async (write: Promise<void>, again: () => void) => {
      try {
        await write;
      } catch (cause) {
        again();
        failed = { cause };
      }
    };
    // First what makes room.
    for (const number of this.#emptied.splice(0)) {
      await attempt(removeKey(this.#prefix + number), () => this.#emptied.push(number));
    }
    for (const segment of this.#segments.filter(({ dirty }) => dirty)) {
      segment.dirty = false;
      // A copy, as the list may change before the host has taken it.
      await attempt(writeKey(this.#prefix + segment.number, segment.items.slice()), () => {
        segment.dirty = true;
      });
    }
    if (failed !== undefined) throw failed.cause;
  }

  #drop(at: number): void {
    const [segment] = this.#segments.splice(at, 1) as [Segment<T>];
    this.#emptied.push(segment.number);
  }
}

function sum<T>(items: readonly T[], size: (item: T) => number): number {
  return items.reduce((total, item) => total + size(item), 0);
}
