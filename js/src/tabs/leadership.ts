/** What a candidate is told. */
export interface Candidate {
  /** It leads now, until it withdraws or is deposed. */
  elected(): void;
  /** Another one has taken the leadership by force. */
  deposed(): void;
}

/** The leadership among the tabs of a browser that stand for the same name: a Web Lock. */
export class Leadership {
  readonly #name: string;
  readonly #candidate: Candidate;
  #attempt: AbortController | undefined;
  #release: (() => void) | undefined;

  constructor(name: string, candidate: Candidate) {
    this.#name = name;
    this.#candidate = candidate;
  }

  /** Leads as soon as no other tab does; with force, at once. */
  stand(force = false): void {
    this.withdraw();
    const attempt = new AbortController();
    this.#attempt = attempt;
    const isStanding = () => this.#attempt === attempt;
    const granted = () => {
      if (!isStanding()) return;
      const held = new Promise<void>((release) => {
        this.#release = release;
      });
      this.#candidate.elected();
      return held;
    };
    navigator.locks
      .request(this.#name, force ? { steal: true } : { signal: attempt.signal }, granted)
      .catch(() => {
        if (!isStanding()) return;
        if (this.#release === undefined) {
          // There are no locks for this page, which may be in a sandbox: no other tab can lead it.
          this.#release = () => {};
          this.#candidate.elected();
        } else {
          this.withdraw();
          this.#candidate.deposed();
        }
      });
  }

  /** Lets another one lead after a time, in ms. */
  withdraw(after = 0): void {
    const attempt = this.#attempt;
    const release = this.#release;
    this.#attempt = undefined;
    this.#release = undefined;
    attempt?.abort();
    if (after > 0 && release !== undefined) setTimeout(release, after);
    else release?.();
  }
}
