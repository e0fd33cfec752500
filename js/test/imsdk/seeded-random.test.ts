import { expect, test } from "vitest";
import { seededRandom } from "../../src/imsdk/seeded-random.js";

/** When everything that waited for a promise has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("numbers are spread evenly, and another bit of the seed makes others", async () => {
  const seeds = [
    [1, 2],
    [3, 4],
    [1, 2],
    [3, 5],
  ] as [number, number][];
  const next = (): Promise<[number, number]> => Promise.resolve(seeds.shift() ?? [0, 0]);
  const [first, second] = [seededRandom(next), seededRandom(next)];
  await settled();
  const drawn = Array.from({ length: 4096 }, first);
  const other = Array.from({ length: 4096 }, second);
  expect(new Set([...drawn, ...other]).size).toBe(8192);
  for (let bit = 0; bit < 32; bit++) {
    const set = drawn.filter((number) => (number >>> bit) & 1).length;
    // Six standard deviations of 4,096 throws of a coin.
    expect(Math.abs(set - 2048)).toBeLessThan(192);
  }
});

test("nothing is made up before there is a seed, and one that failed is asked for again", async () => {
  const answers = [
    Promise.reject(new Error("no getRandomValues")),
    Promise.resolve([1, 2] as [number, number]),
  ];
  const random = seededRandom(() => answers.shift() ?? [3, 4]);
  expect(random).toThrow("make messages after the login");
  await settled();
  expect(random).toThrow("no getRandomValues");
  await settled();
  expect(random()).toBeGreaterThanOrEqual(0);
});
