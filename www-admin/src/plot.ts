/** Where the lines of a plot go. */
import type { Point } from "./rates.js";

/** How far back plots go, in ms. */
export const SPAN_MS = 300_000;

/** What they are drawn in, whatever size they are shown in. */
export const WIDTH = 480;
export const HEIGHT = 120;

/** The path through points; it is interrupted where nothing is known. */
export function draw(points: readonly Point[], now: number, top: number): string {
  let path = "";
  let isDrawing = false;
  for (const { at, value } of points) {
    if (value === undefined) {
      isDrawing = false;
      continue;
    }
    const x = WIDTH * (1 - (now - at) / SPAN_MS);
    const y = HEIGHT - 1 - (HEIGHT - 2) * (value / top);
    path += `${isDrawing ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    // A point by itself is a dot.
    if (!isDrawing) path += "h0";
    isDrawing = true;
  }
  return path;
}

/** The next number that is 1, 2 or 5 with zeros. */
export function niceTop(value: number): number {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((one) => value <= one * unit) ?? 10) * unit;
}
