/**
 * The memory that the tabs of a user share: what their session reported lately, in order.
 *
 * Each tab has a copy, and only the leader's counts. An entry is known by its place and by the term of the leader that put
 * it there: logs that have the same term at a place are the same from there back. So a tab whose log ends elsewhere than
 * its leader's needs what follows the place where its own ends or, if the leader's does not have that place, all of it.
 */
import type { Report } from "../session/report.js";

/** A report that every tab must hear, whether or not it is awake. */
export type Logged = Extract<Report, { type: "message" | "delivered" | "lost" }>;

/** An entry of the log. */
export interface Entry {
  /** The term of the leader that put it there. */
  term: number;
  /** When it was reported, in ms since 1970. */
  at: number;
  report: Logged;
}

/** A place in a log: the number of entries before it, and the term of the last one of them. */
export type Place = [end: number, term: number];

/** Part of a leader's log, for tabs whose own log ends at a place. */
export interface Segment {
  asked: Place;
  from: Place;
  entries: Entry[];
}

/** The number of entries that are kept, */
const ENTRIES = 1000;

/** and of characters of texts in them. */
const CHARACTERS = 1 << 20;

/** Returns whether a report belongs into the log. */
export function isLogged(report: Report): report is Logged {
  return report.type === "message" || report.type === "delivered" || report.type === "lost";
}

/** Returns whether two places are the same one of the same log. */
export function isSame(one: Place, other: Place): boolean {
  return one[0] === other[0] && one[1] === other[1];
}

/** Returns what tells a message from all others; undefined for one without a fingerprint, and for other reports. */
export function keyOf(report: Report): string | undefined {
  if (report.type !== "message") return undefined;
  const { from, fp } = report.message;
  return fp && `${from} ${fp}`;
}

/** One tab's copy of the log. */
export class ReportLog {
  /** The place before the first entry that is kept. */
  #from: Place = [0, 0];
  #entries: Entry[] = [];
  #characters = 0;

  /** Where it ends. */
  get place(): Place {
    return this.#placeBefore(this.#entries.length);
  }

  append(entry: Entry): void {
    this.#entries.push(entry);
    this.#characters += charactersOf(entry);
    while (this.#entries.length > ENTRIES || this.#characters > CHARACTERS) {
      this.#from = this.#placeBefore(1);
      this.#characters -= charactersOf(this.#entries.shift() as Entry);
    }
  }

  /** Returns those of the entries that are messages and not in it. */
  missingOf(entries: readonly Entry[]): Entry[] {
    const keys = new Set<string | undefined>([undefined]);
    if (entries.length > 0) for (const { report } of this.#entries) keys.add(keyOf(report));
    return entries.filter(({ report }) => !keys.has(keyOf(report)));
  }

  /** Returns what a tab lacks whose log ends at this place. */
  since(asked: Place): Segment {
    const index = this.#indexOf(asked);
    return { asked, from: this.#placeBefore(index), entries: this.#entries.slice(index) };
  }

  /** Goes on as the leader's log does. Returns what was not in it before, and what was and is no longer. */
  adopt({ from, entries }: Segment): { added: Entry[]; dropped: Entry[] } {
    const before = this.#entries;
    const offset = from[0] - this.#from[0];
    const isKnown = (entry: Entry, index: number) => before[index + offset]?.term === entry.term;
    const added = entries.filter((entry, index) => !isKnown(entry, index));
    const dropped = before.filter(
      (entry, index) => index >= offset && entries[index - offset]?.term !== entry.term,
    );
    const index = this.#indexOf(from);
    if (!isSame(this.#placeBefore(index), from)) {
      this.#from = from;
      this.#entries = [];
    } else this.#entries = before.slice(0, index);
    this.#characters = this.#entries.reduce((sum, entry) => sum + charactersOf(entry), 0);
    for (const entry of entries) this.append(entry);
    return { added, dropped };
  }

  /** Returns how many entries are before a place; 0 if it is not in the log. */
  #indexOf(place: Place): number {
    const index = place[0] - this.#from[0];
    return index > 0 && index <= this.#entries.length && isSame(this.#placeBefore(index), place) ? index : 0;
  }

  #placeBefore(index: number): Place {
    const [end, term] = this.#from;
    return [end + index, this.#entries[index - 1]?.term ?? term];
  }
}

function charactersOf({ report }: Entry): number {
  return "message" in report ? report.message.text.length : 0;
}
