const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHARACTERS = `${LETTERS}0123456789`;

/** Generates fingerprints that can be DOM ids: a letter, then letters and digits. */
export class MessageIds {
  #length = 24;
  readonly #random: () => number;

  /**
   * @param random - 32 bits of good randomness
   */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** How long they are from now on: 12 to 32 characters. What is outside is brought to the nearer end. */
  setLength(length: number): void {
    if (length > 0) this.#length = Math.min(Math.max(Math.trunc(length), 12), 32);
  }

  next(): string {
    let id = this.#pick(LETTERS);
    while (id.length < this.#length) id += this.#pick(CHARACTERS);
    return id;
  }

  /** The characters are too few for the remainder of 32 bits to prefer any by more than one in ten million. */
  #pick(characters: string): string {
    return characters.charAt(this.#random() % characters.length);
  }
}
