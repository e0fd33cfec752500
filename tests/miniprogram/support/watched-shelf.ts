import { memoryShelf, type Shelf } from "../../support/mini-program/wx/storage.js";

/** A shelf in memory on which one can wait for something. */
export class WatchedShelf implements Shelf {
  readonly #shelf = memoryShelf();
  #waiting: (() => void)[] = [];

  keys(): string[] {
    return this.#shelf.keys();
  }

  get(key: string): string | undefined {
    return this.#shelf.get(key);
  }

  set(key: string, value: string): void {
    this.#shelf.set(key, value);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  delete(key: string): void {
    this.#shelf.delete(key);
  }

  /** When a message with this text is in the outbox. */
  async outbox(text: string): Promise<void> {
    const isThere = () =>
      this.keys().some((key) => /dataContent/.test(this.get(key) ?? "") && this.get(key)?.includes(text));
    while (!isThere()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
