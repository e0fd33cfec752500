/** Remembers the last values that it saw. */
export class Recent {
  readonly #limit: number;
  readonly #values = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a value, and returns whether it was not among them. */
  isNew(value: string): boolean {
    if (this.#values.has(value)) return false;
    this.#values.add(value);
    for (const oldest of this.#values) {
      if (this.#values.size <= this.#limit) break;
      this.#values.delete(oldest);
    }
    return true;
  }
}
