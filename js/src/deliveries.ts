import type { Delivered } from "./client.js";
import { Deferred } from "./deferred.js";
import { SendError, type SendFailure } from "./errors.js";

/** The promises of messages that are on their way, by fingerprint. */
export class Deliveries {
  readonly #pending = new Map<string, Deferred<Delivered>>();

  /** The promise for a message; undefined where one with this fingerprint is on its way already. */
  expect(fp: string): Promise<Delivered> | undefined {
    if (this.#pending.has(fp)) return undefined;
    const delivery = new Deferred<Delivered>();
    this.#pending.set(fp, delivery);
    return delivery.promise;
  }

  /** The message was delivered. */
  resolve(fp: string): void {
    this.#take(fp)?.resolve({ fp });
  }

  /** The message was not delivered. */
  reject(error: SendError): void {
    this.#take(error.fp)?.reject(error);
  }

  /** No message will be delivered for now. */
  rejectAll(reason: SendFailure): void {
    for (const fp of [...this.#pending.keys()]) this.reject(new SendError(reason, fp));
  }

  #take(fp: string): Deferred<Delivered> | undefined {
    const delivery = this.#pending.get(fp);
    this.#pending.delete(fp);
    return delivery;
  }
}
