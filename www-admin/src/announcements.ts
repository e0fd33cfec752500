import { signal } from "@preact/signals";

/** What has been done, for a moment, to be seen and heard. */
export const announcement = signal("");

const SHOWN_MS = 5000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says what has been done. */
export function announce(text: string): void {
  announcement.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    announcement.value = "";
  }, SHOWN_MS);
}
