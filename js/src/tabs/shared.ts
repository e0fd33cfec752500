import type { Account } from "../client/options.js";
import { cryptoSeed } from "../platform/platform.js";
import { LocalSession, type SessionParts } from "../session/local.js";
import type { Report, Reporter } from "../session/report.js";
import type { Session, SessionStatus } from "../session/session.js";
import type { TabHost, TabSession } from "./host.js";
import { Leadership } from "./leadership.js";
import { type Asking, isSaying, type Sending } from "./saying.js";
import { readNote, writeNote } from "./session-note.js";
import { Tab } from "./tab.js";

/** Returns a session that shares its connection with other tabs; undefined if the browser has no means for that. */
export function shareBetweenTabs(parts: SessionParts, report: Reporter): Session | undefined {
  const isPossible = "BroadcastChannel" in globalThis && globalThis.navigator?.locks !== undefined;
  return isPossible ? new SharedSession(parts, report) : undefined;
}

/** A session that tabs share: what the browser does for a {@link Tab}. */
class SharedSession implements Session {
  readonly #tab = new Tab(Math.random);
  readonly #host: TabHost;
  readonly #parts: SessionParts;
  readonly #report: Reporter;
  /** Logs in only while this tab leads. */
  #local: LocalSession;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the timer waits for. */
  #awaited = Number.POSITIVE_INFINITY;
  #isActing = false;
  #isClosed = false;
  #hasIgnored = false;

  constructor(parts: SessionParts, report: Reporter) {
    this.#parts = parts;
    this.#local = this.#newSession();
    this.#report = report;
    this.#host = this.#newHost();
  }

  get keeps(): boolean {
    return this.#local.keeps || this.#tab.role === "follower";
  }

  login(account: Account): void {
    this.#act((now) => this.#tab.login(now, account));
  }

  logout(): void {
    this.#act((now) => this.#tab.logout(now));
  }

  send(...sending: Sending): void {
    this.#answered((now) => this.#tab.send(now, ...sending));
  }

  ask(...asking: Asking): void {
    this.#answered((now) => this.#tab.ask(now, ...asking));
  }

  signal(signal: string): void {
    this.#act(() => this.#tab.signal(signal));
  }

  newFingerprint(): string {
    return this.#local.newFingerprint();
  }

  listening(listening: boolean): void {
    this.#act((now) => this.#tab.listening(now, listening));
  }

  visible(visible: boolean): void {
    this.#act((now) => this.#tab.visible(now, visible));
  }

  network(available: boolean): void {
    this.#act(() => this.#tab.network(available));
  }

  resting(resting: boolean): void {
    this.#act((now) => this.#tab.resting(now, resting));
  }

  status(): SessionStatus {
    const status = this.#local.status();
    return this.#tab.role === "leader"
      ? { ...status, role: "leader" }
      : { ...status, pending: this.#tab.pending, role: "follower" };
  }

  close(): void {
    const untaken = this.#tab.close(Date.now());
    this.#isClosed = true;
    // Also if it is called by a listener, in the midst of other outputs.
    this.#perform();
    this.#local.close();
    for (const fp of untaken) this.#report({ type: "answered", fp, failure: "closed" });
  }

  /** Changes the tab, and reports what it answers at once. */
  #answered(change: (now: number) => Report | undefined): void {
    let answer: Report | undefined;
    this.#act((now) => {
      answer = change(now);
    });
    if (answer !== undefined) this.#report(answer);
  }

  /** Changes the tab, then does what it wants; called by what it wants, it leaves that to the call that is at it. */
  #act(change: (now: number) => void): void {
    change(Date.now());
    if (this.#isActing) return;
    this.#isActing = true;
    this.#perform();
    this.#isActing = false;
  }

  #perform(): void {
    for (let output = this.#tab.poll(); output !== undefined; output = this.#tab.poll()) {
      const [name, ...args] = output;
      // What the page does not do, the session in it does.
      const doer = (name in this.#host ? this.#host : this.#local) as TabHost & TabSession;
      (doer[name] as (...args: unknown[]) => void)(...args);
    }
    const { deadline } = this.#tab;
    if (deadline === this.#awaited) return;
    this.#awaited = deadline;
    clearTimeout(this.#timer);
    if (deadline < Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => {
        // It may be early.
        this.#awaited = Number.POSITIVE_INFINITY;
        this.#act((now) => this.#tab.timeout(now));
      }, deadline - Date.now());
  }

  /** Mentions, once, that something was said that is no saying: a tab of another version explains much. */
  #ignore(): void {
    // biome-ignore lint/suspicious/noConsole: for developers, who have to ask for this level
    if (!this.#hasIgnored) console.debug("mobileim: another tab said what this version does not know");
    this.#hasIgnored = true;
  }

  #newSession(): LocalSession {
    // A seed of its own: two engines must not make the same fingerprints.
    const local: LocalSession = new LocalSession({ ...this.#parts, seed: cryptoSeed() }, (report) => {
      // Not the last words of one that was replaced.
      if (this.#local === local) this.#act((now) => this.#tab.reported(now, report));
    });
    return local;
  }

  #newHost(): TabHost {
    let name = "";
    let channel: BroadcastChannel | undefined;
    let leadership: Leadership | undefined;
    return {
      report: (report) => {
        if (!this.#isClosed) this.#report(report);
      },
      say: (...saying) => channel?.postMessage(saying),
      flushSoon: () => void Promise.resolve().then(() => this.#act((now) => this.#tab.flush(now))),
      join: (userId) => {
        name = `mobileim/1 ${this.#parts.url} ${userId}`;
        const joined = new BroadcastChannel(name);
        joined.onmessage = ({ data }: MessageEvent<unknown>) => {
          if (channel !== joined) return;
          if (isSaying(data)) this.#act((now) => this.#tab.heard(now, data));
          else this.#ignore();
        };
        channel = joined;
        leadership = new Leadership(name, {
          elected: () => this.#act((now) => this.#tab.elected(now, readNote(name))),
          deposed: () => this.#act((now) => this.#tab.deposed(now)),
        });
        leadership.stand();
      },
      leave: (after) => {
        channel?.close();
        channel = undefined;
        leadership?.withdraw(after);
      },
      stand: (force) => leadership?.stand(force),
      note: (note) => writeNote(name, note),
      drop: () => {
        const local = this.#local;
        this.#local = this.#newSession();
        local.close();
      },
    };
  }
}
