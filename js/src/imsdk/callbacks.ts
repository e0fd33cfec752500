import type { Callbacks, Imsdk } from "./api.js";

type Name = keyof Callbacks;
type Arguments<N extends Name> = Parameters<NonNullable<Callbacks[N]>>;

/** The application's callbacks, as they stand on `IMSDK` at the moment of a call. */
export class CallbackCaller {
  readonly #sdk: Imsdk;

  constructor(sdk: Imsdk) {
    this.#sdk = sdk;
  }

  /** Returns whether the application has assigned a callback. */
  has(name: Name): boolean {
    return typeof this.#sdk[name] === "function";
  }

  /** Calls a callback with `this` as `IMSDK`; does nothing if there is none. What it throws goes to the host. */
  call<N extends Name>(name: N, ...args: Arguments<N>): void {
    const callback = this.#sdk[name] as ((...args: unknown[]) => void) | null | undefined;
    if (typeof callback !== "function") return;
    try {
      callback.apply(this.#sdk, args);
    } catch (error) {
      // Where the host reports what nobody caught.
      setTimeout(() => {
        throw error;
      });
    }
  }

  /** Calls the first spelling of a callback that has two, or the second if the application has only that. */
  callEither<N extends Name>(first: N, second: N, ...args: Arguments<N>): void {
    this.call(this.has(first) ? first : second, ...args);
  }
}
