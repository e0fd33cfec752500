/** Sends again and again while less than so many are unacknowledged. */
export class Window {
  #free: number;
  #left = 0;
  readonly #send: () => void;
  #finished: () => void = () => {};

  constructor(size: number, send: () => void) {
    this.#free = size;
    this.#send = send;
  }

  /** Sends so many. Resolves when the last is sent. */
  async push(count: number): Promise<void> {
    if (count === 0) return;
    this.#left = count;
    await new Promise<void>((resolve) => {
      this.#finished = resolve;
      this.#fill();
    });
  }

  /** One was acknowledged. */
  acknowledged(count = 1): void {
    this.#free += count;
    this.#fill();
  }

  #fill(): void {
    if (this.#left === 0) return;
    while (this.#free > 0 && this.#left > 0) {
      this.#free -= 1;
      this.#left -= 1;
      this.#send();
    }
    if (this.#left === 0) this.#finished();
  }
}
