/** What the server has counted over the last minutes, as long as somebody looks. */
import { effect, signal } from "@preact/signals";
import { ApiError, ask } from "./api.js";
import { key } from "./key.js";
import { SPAN_MS } from "./plot.js";
import type { Statistics } from "./types.js";

/** How often it is asked, in ms. */
export const EVERY_MS = 2000;

/** What was counted, the latest last. */
export const samples = signal<readonly Statistics[]>([]);

/** Why nothing new is counted. */
export const statsError = signal<ApiError | undefined>(undefined);

/** Asks as long as somebody is signed in and looks. */
export function followStatistics(): void {
  effect(() => {
    if (key.value === undefined) {
      samples.value = [];
      return;
    }
    const ended = new AbortController();
    void sample(ended.signal);
    return () => ended.abort();
  });
}

async function sample(ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    try {
      if (document.visibilityState === "visible") {
        const now = await ask<Statistics>({ path: ["stats"] }, ended);
        statsError.value = undefined;
        samples.value = [...samples.peek(), now].filter((one) => one.at > now.at - SPAN_MS - EVERY_MS);
      }
    } catch (error) {
      if (ended.aborted) return;
      if (error instanceof ApiError) statsError.value = error;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
