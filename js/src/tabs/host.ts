import type { Account } from "../client/options.js";
import type { Report } from "../session/report.js";
import type { Saying, Sending } from "./saying.js";
import type { SessionNote } from "./session-note.js";

/** What a tab has its page do: an {@link Output} is a call of one of these. */
export interface TabHost {
  /** Tells the application. */
  report(report: Report): void;
  /** Tells the other tabs. */
  say(...saying: Saying): void;
  /** Calls `flush` when whatever runs now is done, so that what is reported until then goes together. */
  flushSoon(): void;
  /** Listens to the other tabs of a user, and stands for the leadership. */
  join(userId: string): void;
  /** Does so no longer. Who leads keeps the lock for so many ms. */
  leave(after: number): void;
  /** Stands for the leadership anew; with force it is taken. */
  stand(force: boolean): void;
  /** Writes a note for tabs that do not hear now. */
  note(note: Partial<SessionNote>): void;
  /** Begins the session in this page. With the time of another login it continues that one. */
  login(account: Account, firstLoginTime: number): void;
  logout(): void;
  send(...sending: Sending): void;
  listening(listening: boolean): void;
  visible(visible: boolean): void;
  network(available: boolean): void;
  /** Ends the session in this page without a logout. What it says from now on is not passed in. */
  drop(): void;
}

/** What a tab wants: the name of a function of its {@link TabHost}, and its arguments. */
export type Output = { [K in keyof TabHost]: [K, ...Parameters<TabHost[K]>] }[keyof TabHost];
