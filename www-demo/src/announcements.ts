import { signal } from "@preact/signals";

/** What a screen reader says next; on the screen it is seen elsewhere. */
export const announcement = signal("");

/** What is shown for a moment, and said, too. */
export const passing = signal("");

/** A moment, in ms. */
const MOMENT = 2500;

/** Says something to those who listen to the page. */
export function announce(text: string): void {
  // The same text twice is said twice only if it differs.
  announcement.value = text === announcement.value ? `${text}\u00a0` : text;
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** Tells something in passing. */
export function notice(text: string): void {
  passing.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    passing.value = "";
  }, MOMENT);
}
