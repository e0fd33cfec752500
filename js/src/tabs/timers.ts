/** Deadlines by name, in ms since 1970. */
export class Timers<Name> {
  readonly #deadlines = new Map<Name, number>();

  /** The earliest deadline. */
  get next(): number | undefined {
    return this.#deadlines.size > 0 ? Math.min(...this.#deadlines.values()) : undefined;
  }

  has(name: Name): boolean {
    return this.#deadlines.has(name);
  }

  set(name: Name, at: number): void {
    this.#deadlines.set(name, at);
  }

  clear(...names: Name[]): void {
    for (const name of names) this.#deadlines.delete(name);
  }

  /** Takes a deadline that is over. */
  take(now: number): Name | undefined {
    for (const [name, at] of this.#deadlines) {
      if (at > now) continue;
      this.#deadlines.delete(name);
      return name;
    }
    return undefined;
  }
}
