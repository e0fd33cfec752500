import { expect, test } from "vitest";
import { draw, HEIGHT, niceTop, SPAN_MS, WIDTH } from "../src/plot.js";

test("the top of a plot is a round number above all that is shown", () => {
  expect([0, 0.003, 1, 1.2, 3, 7, 1000].map(niceTop)).toEqual([1, 0.005, 1, 2, 5, 10, 1000]);
});

test("a line goes from the left, five minutes ago, to the right, and stops where nothing is known", () => {
  const points = [
    { at: 0, value: 0 },
    { at: SPAN_MS / 2, value: 10 },
    { at: SPAN_MS * 0.75, value: undefined },
    { at: SPAN_MS, value: 5 },
  ];
  const path = draw(points, SPAN_MS, 10);
  expect(path).toBe(`M0.0 ${HEIGHT - 1}.0h0L${WIDTH / 2}.0 1.0M${WIDTH}.0 ${HEIGHT / 2}.0h0`);
});
