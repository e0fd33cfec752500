import type { Account } from "../client/options.js";
import type { Report } from "../session/report.js";
import type { Session } from "../session/session.js";
import type { Saying } from "./saying.js";
import type { SessionNote } from "./session-note.js";

/** `away`: there is no session, or the page is at rest. */
export type TabRole = "away" | "candidate" | "follower" | "leader";

/** What a tab has its page do. */
export interface TabHost {
  /** Tells the application. */
  report(report: Report): void;
  /** Tells the other tabs. */
  say(...saying: Saying): void;
  /** Calls `flush` when whatever runs now is done, so that what is reported until then goes together. */
  flushSoon(): void;
  /** Listens to the other tabs of a user, and stands for the leadership. */
  join(userId: string): void;
  /** Does so no longer. A leader keeps the lock for a time, in ms. */
  leave(after: number): void;
  /** Stands for the leadership anew; with force it is taken. */
  stand(force: boolean): void;
  /** Writes a note for tabs that do not hear now. */
  note(note: Partial<SessionNote>): void;
  /** Ends the session in this page without a logout. What it says from now on is not passed in. */
  drop(): void;
}

/** What a tab has the session in its page do. */
export interface TabSession
  extends Pick<Session, "logout" | "send" | "ask" | "signal" | "listening" | "visible" | "network"> {
  /** Logs in. With the time of another login it continues that one. */
  login(account: Account, firstLoginTime: number): void;
}

/** What a tab wants: the name of a function of its page or of the session there, and its arguments. */
export type Output = CallOf<TabHost & TabSession>;

type CallOf<T> = { [K in keyof T]: T[K] extends (...args: infer A) => void ? [K, ...A] : never }[keyof T];
