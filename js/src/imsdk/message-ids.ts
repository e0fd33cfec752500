const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHARACTERS = `${LETTERS}0123456789`;

/** Generates fingerprints. */
export interface MessageIds {
  next(): string;
  /** How long they are from now on: 12 to 32 characters. What is outside is brought to the nearer end. */
  setLength(length: number): void;
}

/**
 * Fingerprints that can be DOM ids: a letter, then letters and digits; 24 of them at first.
 *
 * @param random - 32 bits of good randomness
 */
export function messageIds(random: () => number): MessageIds {
  let size = 24;
  // The characters are too few for the remainder of 32 bits to prefer any by more than one in ten million.
  const pick = (characters: string) => characters.charAt(random() % characters.length);
  return {
    next() {
      let id = pick(LETTERS);
      while (id.length < size) id += pick(CHARACTERS);
      return id;
    },
    setLength(length) {
      if (length > 0) size = Math.min(Math.max(Math.trunc(length), 12), 32);
    },
  };
}
