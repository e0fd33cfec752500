/** What counters mean: how much a second, and how long it took most. */
import type { Counts, Statistics, Times } from "./types.js";

/** Over how long times are taken together, in ms: a few messages make no percentile. */
const WINDOW_MS = 30_000;

/** A value at a time, in ms; none if it is not known. */
export interface Point {
  at: number;
  value: number | undefined;
}

/** Whether the server was started anew between two samples, and counts from 0. */
function isAnew(before: Statistics, after: Statistics): boolean {
  return after.at - after.uptime * 1000 > before.at - before.uptime * 1000 + 5000;
}

/** By how much a counter grew a second, between each sample and the one before it. */
export function rates(all: readonly Statistics[], of: (one: Statistics) => number): Point[] {
  return all.slice(1).map((after, index) => {
    const before = all[index] as Statistics;
    const seconds = (after.at - before.at) / 1000;
    const grown = of(after) - of(before);
    const isKnown = seconds > 0 && grown >= 0 && !isAnew(before, after) && seconds < 15;
    return { at: after.at, value: isKnown ? grown / seconds : undefined };
  });
}

/** What something was at each time. */
export function values(all: readonly Statistics[], of: (one: Statistics) => number | undefined): Point[] {
  return all.map((one) => ({ at: one.at, value: of(one) }));
}

/** A percentile of what took how long in the half minute before each sample, in seconds. */
export function percentiles(
  all: readonly Statistics[],
  of: (one: Statistics) => Times,
  part: number,
): Point[] {
  let first = 0;
  return all.slice(1).map((after) => {
    while (after.at - (all[first] as Statistics).at > WINDOW_MS) first += 1;
    const before = all[first] as Statistics;
    const value = isAnew(before, after) ? undefined : percentile(difference(of(before), of(after)), part);
    return { at: after.at, value };
  });
}

function difference(before: Times, after: Times): Times {
  return { ...after, counts: after.counts.map((count, index) => count - (before.counts[index] ?? 0)) };
}

/** How long the given part took at most, as if each class were evenly filled; of the last class, its lower bound. */
export function percentile({ bounds, counts }: Times, part: number): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all <= 0) return undefined;
  let left = all * part;
  for (const [index, count] of counts.entries()) {
    if (left <= count && count > 0) {
      const lower = bounds[index - 1] ?? 0;
      const upper = bounds[index] ?? lower;
      return lower + ((upper - lower) * left) / count;
    }
    left -= count;
  }
  return bounds.at(-1);
}

/** All of what was counted by name. */
export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
