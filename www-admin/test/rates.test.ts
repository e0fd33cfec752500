import { expect, test } from "vitest";
import { percentile, percentiles, rates, values } from "../src/rates.js";
import type { Statistics, Times } from "../src/types.js";

const times = (...counts: number[]): Times => ({ bounds: [0.001, 0.01], counts });

function sample(at: number, uptime: number, delivered: number, delivery = times(0, 0, 0)): Statistics {
  return { at, uptime, messages: { delivered }, delivery } as unknown as Statistics;
}

const delivered = ({ messages }: Statistics) => messages.delivered ?? 0;

test("a counter is shown by how much it grew a second", () => {
  const all = [sample(0, 10, 5), sample(2000, 12, 9), sample(4000, 14, 9)];
  expect(rates(all, delivered)).toEqual([
    { at: 2000, value: 2 },
    { at: 4000, value: 0 },
  ]);
  expect(rates([], delivered)).toEqual([]);
});

test("what a restart or a long absence hides is not known", () => {
  const restarted = [sample(0, 100, 5), sample(8000, 1, 9), sample(10_000, 3, 11)];
  expect(rates(restarted, delivered).map(({ value }) => value)).toEqual([undefined, 1]);
  const away = [sample(0, 10, 5), sample(60_000, 70, 9)];
  expect(rates(away, delivered)).toEqual([{ at: 60_000, value: undefined }]);
});

test("a percentile lies within its class, and of the last class it is the lower bound", () => {
  expect(percentile(times(10, 0, 0), 0.5)).toBe(0.0005);
  expect(percentile(times(50, 50, 0), 0.99)).toBeCloseTo(0.00982);
  expect(percentile(times(0, 0, 3), 0.5)).toBe(0.01);
  expect(percentile(times(0, 0, 0), 0.5)).toBeUndefined();
});

test("percentiles are those of the last half minute", () => {
  const all = [
    sample(0, 0, 0, times(100, 0, 0)),
    sample(20_000, 20, 0, times(100, 10, 0)),
    sample(40_000, 40, 0, times(110, 10, 0)),
    sample(60_000, 60, 0, times(110, 10, 0)),
    sample(80_000, 80, 0, times(110, 10, 0)),
  ];
  const median = percentiles(all, ({ delivery }) => delivery, 0.5).map(({ value }) => value);
  expect(median[0]).toBeCloseTo(0.0055);
  expect(median.slice(1)).toEqual([0.0005, undefined, undefined]);
});

test("a value that is not there leaves a gap", () => {
  expect(values([sample(1, 1, 1)], ({ messages }) => messages.stored)).toEqual([{ at: 1, value: undefined }]);
});
