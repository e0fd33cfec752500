/** Remembers the last values that it saw: at least this many, at most twice as many. */
export class Recent {
  readonly #limit: number;
  #values = new Set<string>();
  /** Those before them. They go together: a set that loses its oldest again and again slows down. */
  #before = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a value, and returns whether it was not among them. */
  isNew(value: string): boolean {
    if (this.#values.has(value) || this.#before.has(value)) return false;
    if (this.#values.size === this.#limit) {
      this.#before = this.#values;
      this.#values = new Set();
    }
    this.#values.add(value);
    return true;
  }
}
