import type { Delivered } from "./client.js";
import { Deferred } from "./deferred.js";
import { SendError, type SendFailure } from "./errors.js";

/** The promises of messages that are on their way, by fingerprint. */
export class Deliveries {
  readonly #pending = new Map<string, Deferred<Delivered>>();

  /** Returns the promise for a message: the same for all calls with this fingerprint. */
  expect(fp: string): Promise<Delivered> {
    const delivery = this.#pending.get(fp) ?? new Deferred<Delivered>();
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
  rejectAll(reason: SendFailure, kept = true): void {
    for (const fp of [...this.#pending.keys()]) this.reject(new SendError(reason, fp, { kept }));
  }

  #take(fp: string): Deferred<Delivered> | undefined {
    const delivery = this.#pending.get(fp);
    this.#pending.delete(fp);
    return delivery;
  }
}
