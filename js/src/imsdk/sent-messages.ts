import type { SentMessage } from "./wire-message.js";

/** The objects that the application handed to `sendData`, until it is told how they ended. */
export class SentMessages {
  readonly #report: (lost: SentMessage[]) => void;
  readonly #byFp = new Map<string, SentMessage>();
  #lost: SentMessage[] = [];

  /** @param report - tells the application of all messages that were lost in one task */
  constructor(report: (lost: SentMessage[]) => void) {
    this.#report = report;
  }

  add(fp: string, message: SentMessage): void {
    if (message.QoS) this.#byFp.set(fp, message);
  }

  /** The object with this fingerprint, if its end is yet to be told. */
  find(fp: string): SentMessage | undefined {
    return this.#byFp.get(fp);
  }

  /** All whose end is yet to be told, in order. */
  all(): SentMessage[] {
    return [...this.#byFp.values()];
  }

  delivered(fp: string): void {
    this.#byFp.delete(fp);
  }

  /** Gives a message up. Without QoS nothing is reported. */
  lose(message: SentMessage): void {
    this.#byFp.delete(String(message.fp ?? ""));
    if (!message.QoS) return;
    if (this.#lost.push(message) > 1) return;
    void Promise.resolve().then(() => this.#report(this.#lost.splice(0)));
  }
}
