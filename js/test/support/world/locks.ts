import type { Page } from "./page.js";

/** A page's wish to have the lock. */
interface Attempt {
  page: Page;
  granted: boolean;
}

/** A Web Lock, and the pages that want it, as `Leadership` uses it. */
export class ModelLocks {
  #holder: Attempt | undefined;
  #waiting: Attempt[] = [];
  readonly #attempts = new Map<Page, Attempt>();

  /** The page that has the lock, awake or not. */
  get holder(): Page | undefined {
    return this.#holder?.page;
  }

  stand(page: Page, force: boolean): void {
    this.withdraw(page, 0);
    const attempt: Attempt = { page, granted: false };
    this.#attempts.set(page, attempt);
    if (force) {
      const robbed = this.#holder;
      this.#grant(attempt);
      if (robbed !== undefined) robbed.page.run("lock", () => this.#rob(robbed));
    } else if (this.#holder === undefined) this.#grant(attempt);
    else this.#waiting.push(attempt);
  }

  withdraw(page: Page, after: number): void {
    const attempt = this.#attempts.get(page);
    this.#attempts.delete(page);
    if (attempt === undefined) return;
    this.#waiting = this.#waiting.filter((one) => one !== attempt);
    // One that was granted and does not know it yet is let go of when it does.
    if (!attempt.granted) return;
    if (after === 0) this.#release(attempt);
    else page.after(after, () => this.#release(attempt));
  }

  /** The page is gone. */
  gone(page: Page): void {
    this.#attempts.delete(page);
    this.#waiting = this.#waiting.filter((one) => one.page !== page);
    if (this.#holder?.page === page) this.#release(this.#holder);
  }

  #grant(attempt: Attempt): void {
    this.#holder = attempt;
    const { page } = attempt;
    page.run("lock", () => {
      if (this.#attempts.get(page) !== attempt) {
        this.#release(attempt);
        return;
      }
      attempt.granted = true;
      page.act((now) => page.tab.elected(now, page.world.note));
    });
  }

  #rob(attempt: Attempt): void {
    const { page } = attempt;
    if (this.#attempts.get(page) !== attempt || !attempt.granted) return;
    this.#attempts.delete(page);
    page.act((now) => page.tab.deposed(now));
  }

  #release(attempt: Attempt): void {
    if (this.#holder !== attempt) return;
    this.#holder = undefined;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#grant(next);
  }
}
