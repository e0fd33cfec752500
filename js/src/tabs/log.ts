/**
 * The messages that the tabs of a user received lately, whichever of them led.
 *
 * Each tab has a log, and tabs compare them by the messages' keys: a tab that missed something gets all of its leader's,
 * and hands over what its leader does not have.
 */
import type { Message } from "../client/client.js";
import type { Report } from "../session/report.js";
import { Recent } from "./recent.js";

/** The number of messages that are kept, */
const ENTRIES = 1000;

/** and of characters in their texts. */
const CHARACTERS = 1 << 20;

/** A message, and when it was received, in ms since 1970. */
export interface Entry {
  at: number;
  message: Message;
}

/** What a leader tells of its log. */
export interface Contents {
  entries: readonly Entry[];
  /** When the latest of those messages was received that it has forgotten. */
  forgotten: number;
}

/** Returns the messages in some reports, but for those that cannot be told from others. */
export function entriesOf(reports: readonly Report[], at: number): Entry[] {
  return reports.flatMap((report) => (isLogged(report) ? [{ at, message: report.message }] : []));
}

/** Returns whether a report belongs into the log. */
export function isLogged(report: Report): report is Report & { type: "message" } {
  return report.type === "message" && report.message.fp !== undefined;
}

function keyOf({ message: { from, fp } }: Entry): string {
  return `${from} ${fp}`;
}

/** One tab's log. */
export class MessageLog implements Contents {
  entries: Entry[] = [];
  forgotten = 0;
  #characters = 0;
  /** All that were added: more than are kept, as texts may be long. */
  readonly #keys = new Recent(ENTRIES);

  /** Adds a message, and returns whether it is new. */
  add(entry: Entry): boolean {
    if (!this.#keys.isNew(keyOf(entry))) return false;
    this.entries.push(entry);
    this.#characters += entry.message.text.length;
    while (this.entries.length > ENTRIES || this.#characters > CHARACTERS) {
      const { at, message } = this.entries.shift() as Entry;
      this.#characters -= message.text.length;
      this.forgotten = Math.max(this.forgotten, at);
    }
    return true;
  }

  /** Returns what another log does not have, and has not forgotten. */
  missingIn({ entries, forgotten }: Contents): Entry[] {
    const keys = new Set(entries.map(keyOf));
    return this.entries.filter((entry) => entry.at > forgotten && !keys.has(keyOf(entry)));
  }
}
