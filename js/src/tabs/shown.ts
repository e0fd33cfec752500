import type { Report } from "../session/report.js";
import { keyOf } from "./log.js";
import { Recent } from "./recent.js";

/** The number of messages that are remembered as shown, or wait for a listener: more than a log has. */
const LIMIT = 2000;

/** The messages that a tab's application has been told of. They wait while it does not listen. */
export class Shown {
  #listens = false;
  #held: Report[] = [];
  readonly #keys = new Recent(LIMIT);

  /** Whether the application listens for messages. */
  get listens(): boolean {
    return this.#listens;
  }

  /** Returns whether a message was shown. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The application listens, or does not any more. Returns what has waited for it. */
  listening(listens: boolean): Report[] {
    this.#listens = listens;
    return listens ? this.#held.splice(0).filter((report) => this.takes(report)) : [];
  }

  /** Returns whether a message is to be shown now: for the first time, and to an application that listens. */
  takes(report: Report): boolean {
    const key = keyOf(report);
    if (this.#listens) return key === undefined || this.#keys.isNew(key);
    if (this.#held.push(report) > LIMIT) this.#held.shift();
    return false;
  }

  /** What waits is not to be shown any more. */
  forgetHeld(): void {
    this.#held = [];
  }
}
