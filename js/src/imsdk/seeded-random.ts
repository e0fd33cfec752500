/**
 * Random 32-bit numbers for hosts that give good randomness only after a while: 128 bits of it seed a generator (sfc32,
 * by Chris Doty-Humphrey).
 *
 * @param seed - 64 bits, asked for twice, at once
 * @returns a function that throws while there is no seed
 */
export function seededRandom(seed: () => [number, number] | Promise<[number, number]>): () => number {
  let draw: () => number;
  const begin = () => {
    draw = () => {
      throw new Error("there is no randomness yet for a message's id: make messages after the login");
    };
    Promise.all([seed(), seed()]).then(
      ([first, second]) => {
        draw = sfc32([...first, ...second]);
      },
      (error: unknown) => {
        draw = () => {
          begin();
          throw error;
        };
      },
    );
  };
  begin();
  return () => draw();
}

function sfc32([a = 0, b = 0, c = 0, counter = 0]: readonly number[]): () => number {
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // So that each bit of the seed has reached every bit of what is drawn.
  for (let round = 0; round < 20; round++) next();
  return next;
}
