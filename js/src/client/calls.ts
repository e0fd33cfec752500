/**
 * Calls of an application in the order in which they are made.
 *
 * A listener hears of things one after the other, while the engine has already gone further. What it calls takes effect
 * when it was told all that has happened before: else `logout(); login(…)` would meet a client that is still logged in.
 */
export class Calls {
  #depth = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs an application's code, which may make calls. */
  during(code: () => void): void {
    this.#depth += 1;
    // The emitter catches what listeners throw.
    code();
    this.#depth -= 1;
  }

  /** Makes a call: now or, if a listener makes it, after that; `anywhere` makes it now in a listener too. */
  make(call: () => void, anywhere = false): void {
    if (this.#waiting.length === 0 && (anywhere || this.#depth === 0)) call();
    else if (this.#waiting.push(call) === 1) void Promise.resolve().then(() => this.#run());
  }

  #run(): void {
    // With those that are added meanwhile.
    for (const call of this.#waiting) call();
    this.#waiting.length = 0;
  }
}
