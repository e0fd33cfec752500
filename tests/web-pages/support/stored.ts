import { expect } from "vitest";
import type { Page } from "../../support/browser.js";

/** How many messages are in the page's database; 0 where it has none. */
function countStored(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open("mobileim");
        opening.onerror = () => reject(opening.error);
        // There was no database, and there must be none because of this look.
        opening.onupgradeneeded = () => {
          opening.onerror = () => resolve(0);
          opening.transaction?.abort();
        };
        opening.onsuccess = () => {
          const database = opening.result;
          const counting = database.transaction("outbox").objectStore("outbox").count();
          counting.onsuccess = () => {
            database.close();
            resolve(counting.result);
          };
        };
      }),
  );
}

/** When so many messages are in the page's database. Not by `waitForFunction`, which takes a promise for a yes. */
export async function stored(page: Page, count: number): Promise<void> {
  await expect.poll(() => countStored(page), { timeout: 20_000, interval: 50 }).toBe(count);
}
