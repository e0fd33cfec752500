/**
 * One connection for all tabs of a user: what one tab does about it. No channel, no lock, no clock, no storage.
 *
 * A lock elects the leader, whose page has the session. The others, its followers, send through it and hear what it
 * reports. Each tab remembers what it sent and did not hear the end of: when another tab leads, it is sent again with the
 * same fingerprints, in order, and joins what the store gave back. The new leader continues the old one's login (with an
 * equal firstLoginTime), so no tab is kicked out.
 *
 * A leader that does not answer, since its tab is frozen or hangs, is deposed by a follower that the user looks at. When
 * it wakes it has lost the lock, and hears of a later term than its own: it drops its session and follows.
 *
 * Each tab keeps the messages that were received lately ({@link MessageLog}). The leader counts those that it tells of, so
 * that a tab which slept, or lost something, notices, and gets the leader's log. What a deposed leader received and no
 * other tab heard of, it hands to its successor. So what one of the living tabs has shown, all of them show that were
 * logged in by then.
 *
 * Every call that changes a tab takes the time, in ms since 1970, and is followed by taking its outputs until there are
 * none; then {@link Tab.deadline} is the one time to call {@link Tab.timeout} at. Equal inputs give equal outputs.
 */
import { describe } from "../client/errors.js";
import type { Account } from "../client/options.js";
import type { Report } from "../session/report.js";
import { Audience, isForAll } from "./audience.js";
import type { Output, TabRole } from "./host.js";
import { type Contents, type Entry, entriesOf, isLogged, MessageLog } from "./log.js";
import type { Asking, Saying, Sending } from "./saying.js";
import type { SessionNote } from "./session-note.js";
import {
  ASK_EVERY_MS,
  JITTER_MS,
  LINGER_MS,
  NEVER,
  PATIENCE_MS,
  PROBE_EVERY_MS,
  REPEATED,
  type Timer,
} from "./times.js";

/** One tab of a user. */
export class Tab {
  role: TabRole = "away";
  readonly #random: () => number;
  readonly #outputs: Output[] = [];
  /** In ms since 1970. */
  readonly #deadlines: Record<Timer, number> = { patience: NEVER, probe: NEVER, claim: NEVER };
  readonly #audience = new Audience((report) => this.#do("report", report));
  #account: Account | undefined;
  #userId = "";
  #firstLoginTime = 0;
  /** The latest term that was heard of. */
  #term = 0;
  #log = new MessageLog();
  /** The number of messages that the leader of this term has told of, as far as this tab heard. */
  #count = 0;
  /** Whether this tab has heard of all of them, and the leader's log has all that this tab's has. */
  #inStep = false;
  /** When it may ask again for what it missed. */
  #askAgainAt = 0;
  #visible = true;
  /** Whether the user looks at this tab or, as far as its leader knows, at another. */
  #attended = true;
  /** Whether another tab may hear what this one says. */
  #followed = false;
  /** What the session reported and the other tabs were not told yet, and the count before it. */
  #outgoing: Report[] = [];
  #outgoingFrom = 0;
  #leaderListens = true;
  /** Whether the leader was asked for a sign of life, and gave none yet. */
  #awaiting = false;
  /** Whether the leadership is being taken by force. */
  #usurps = false;

  /** @param random - gives numbers from 0 to 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The number of messages whose end it waits for. */
  get pending(): number {
    return this.#audience.unsettled.length;
  }

  /** When to call {@link Tab.timeout}; infinite for never. */
  get deadline(): number {
    return Math.min(...Object.values(this.#deadlines));
  }

  /** Takes the next thing to do. */
  poll(): Output | undefined {
    return this.#outputs.shift();
  }

  login(now: number, account: Account): void {
    // Of a session that ended just now the others are still to be told.
    this.flush(now);
    if (account.userId !== this.#userId) {
      this.#userId = account.userId;
      this.#term = 0;
      this.#log = new MessageLog();
    }
    this.#account = account;
    this.#firstLoginTime = 0;
    this.#audience.login(now, account.userId);
    this.#join(now);
  }

  logout(now: number): void {
    if (this.#account === undefined) return;
    this.#do("note", { loggedOutAt: now });
    if (this.role === "leader") this.#do("logout");
    else {
      this.#do("say", "logout");
      this.#end(now);
    }
  }

  /** Returns the answer, if there is one already. */
  send(now: number, ...sending: Sending): Report | undefined {
    const [, , , qos, fp] = sending;
    const audience = this.#audience;
    if (this.#account === undefined || audience.state === "closed") {
      return { type: "answered", fp, failure: "not-logged-in" };
    }
    audience.sends(sending);
    if (this.role === "leader") this.#do("send", ...sending);
    else this.#toLeader(now, "send", sending);
    if (qos || this.role === "leader") return undefined;
    const isSent = this.role === "follower" && audience.state === "online";
    return { type: "answered", fp, failure: isSent ? undefined : "offline" };
  }

  /** Asks the server. Returns the answer, if there is one already. */
  ask(now: number, ...asking: Asking): Report | undefined {
    const audience = this.#audience;
    if (this.#account === undefined || audience.state === "closed") {
      return { type: "answer", id: asking[0], text: "", failure: "not-logged-in" };
    }
    audience.asks(asking);
    if (this.role === "leader") this.#do("ask", ...asking);
    else this.#toLeader(now, "ask", asking);
    return undefined;
  }

  /** Tells others something, if it can be told now. */
  signal(signal: string): void {
    if (this.role === "leader") this.#do("signal", signal);
    else if (this.role === "follower") this.#do("say", "signal", signal);
  }

  /** The application listens for messages, or does not any more. */
  listening(now: number, listening: boolean): void {
    this.#audience.listening(listening);
    if (this.role === "leader") {
      this.#do("listening", listening);
      this.#announce();
    } else this.#claimMessages(now);
  }

  /** The user looks at the page, or does not any more. */
  visible(now: number, visible: boolean): void {
    this.#visible = visible;
    this.#attended = visible;
    if (this.role === "leader") this.#do("visible", visible);
    else if (visible) {
      this.#probe(now);
      this.#repeat(REPEATED);
    } else if (this.role !== "away") {
      this.#clear("patience", "probe");
      this.#do("say", "hidden");
    }
  }

  network(available: boolean): void {
    if (this.role === "leader") this.#do("network", available);
  }

  /** The page is put to rest, or is back. */
  resting(now: number, resting: boolean): void {
    if (resting) this.#part(now);
    else if (this.#account !== undefined && this.role === "away") this.#join(now);
  }

  /** Leaves for good. Returns the fingerprints of the messages that no session has taken. */
  close(now: number): string[] {
    const isAlone = this.role === "away" || this.role === "candidate";
    this.#part(now);
    this.#account = undefined;
    return isAlone ? this.#audience.unsettled.map(([, , , , fp]) => fp) : [];
  }

  /** The lock is this tab's. */
  elected(now: number, { loggedOutAt, loggedInAt, beganAt, firstLoginTime }: SessionNote): void {
    const account = this.#account;
    if (this.role === "away" || account === undefined) return;
    if (loggedOutAt > this.#audience.loggedInAt) {
      // Another tab did, while this one did not listen.
      this.#end(now);
      return;
    }
    // A leader began a session and was deposed, or died, before it heard of the firstLoginTime: to the server all that this
    // tab knows of are older, and it would kick out who continues them.
    if (beganAt > 0) this.#firstLoginTime = 0;
    // Else the server would kick out whom this tab succeeds: an old leader, which might take it for the end of everything
    // when it wakes, or one that was elected while this tab slept.
    else if (this.#usurps || this.#firstLoginTime > 0 || loggedInAt >= this.#audience.loggedInAt)
      this.#firstLoginTime = Math.max(this.#firstLoginTime, firstLoginTime);
    if (this.#firstLoginTime === 0) this.#do("note", { loggedOutAt, beganAt: now });
    this.#usurps = false;
    this.role = "leader";
    this.#clear("patience", "probe");
    this.#claimMessages(now);
    // One that it followed may only be asleep.
    this.#followed = this.#term > 0;
    // Two that are elected in the same ms, which is possible by force, have different ones all the same.
    this.#term = Math.max(Math.floor(this.#term) + 1, now) + this.#random();
    this.#count = 0;
    this.#announce(true);
    this.#attended = this.#visible;
    this.#do("visible", this.#visible);
    this.#do("listening", this.#audience.listens);
    this.#do("login", account, this.#firstLoginTime);
    for (const sending of this.#audience.unsettled) this.#do("send", ...sending);
    for (const asking of this.#audience.questions) this.#do("ask", ...asking);
  }

  /** Another tab took the lock by force. */
  deposed(now: number): void {
    this.#drop(now);
    this.#do("stand", false);
    this.#probe(now);
  }

  /** The session in this page reports something. */
  reported(now: number, report: Report): void {
    if (this.role !== "leader") return;
    // Repeated to this tab as the next leader: the one before told of it.
    if (isLogged(report) && !this.#log.add({ at: now, message: report.message })) return;
    const isFirst = this.#outgoing.length === 0;
    if (isFirst) this.#outgoingFrom = this.#count;
    if (isLogged(report)) this.#count += 1;
    const isOwnAnswer = report.type === "answer" && this.#audience.asked(report.id) && !isForAll(report);
    // What was thrown may not be fit to travel.
    if (this.#followed && !isOwnAnswer)
      this.#outgoing.push("cause" in report ? { ...report, cause: describe(report.cause) } : report);
    if (report.type === "logged-in")
      this.#do("note", { firstLoginTime: report.firstLoginTime, loggedInAt: now });
    this.#tell(report);
    if ((isFirst && this.#followed) || this.#audience.state === "closed") this.#do("flushSoon");
  }

  /** Passes on what was reported. If the session is over, leaves. */
  flush(now: number): void {
    this.#passOn(now);
    if (this.#audience.state !== "closed") return;
    this.#audience.end();
    this.#part(now, this.#followed ? LINGER_MS : 0);
    this.#account = undefined;
  }

  /** A deadline may be over. */
  timeout(now: number): void {
    const { patience, probe, claim } = this.#deadlines;
    if (probe <= now) {
      this.#probe(now);
      this.#repeat(REPEATED);
    }
    if (Math.min(patience, claim) > now) return;
    this.#clear("patience", "claim");
    this.#usurps = true;
    this.#do("stand", true);
  }

  /** Another tab says something. */
  heard(now: number, saying: Saying): void {
    if (this.role === "away") return;
    if (saying[0] === "leader") this.#hearLeader(now, saying);
    else if (saying[0] === "reports") this.#hearReports(now, saying);
    else if (this.role === "leader") this.#hearFollower(now, saying);
  }

  #hearLeader(
    now: number,
    [, term, state, time, listening, count, contents]: Saying & ["leader", ...unknown[]],
  ): void {
    if (term < this.#term) return;
    const isNew = term > this.#term || this.role !== "follower";
    this.#term = term;
    if (isNew) this.#follow(now);
    this.#firstLoginTime = time;
    this.#leaderListens = listening;
    this.#claimMessages(now);
    this.#inStep &&= count === this.#count;
    if (!this.#inStep && contents !== undefined) {
      this.#count = count;
      this.#compare(contents);
    }
    if (isNew) this.#hello();
    else if (!this.#inStep) this.#ask(now);
    this.#audience.turn(state);
    this.#hearSignOfLife(now);
  }

  #hearReports(now: number, [, term, count, at, reports]: Saying & ["reports", ...unknown[]]): void {
    if (term < this.#term) {
      // The last words of one that left, or of one that does not know yet that it was deposed: what is done is done.
      if (this.role === "leader") this.#find(now, entriesOf(reports, at));
      return;
    }
    if (term > this.#term || this.role !== "follower") {
      this.#ask(now);
      return;
    }
    this.#hearSignOfLife(now);
    this.#inStep &&= count === this.#count;
    for (const report of reports) {
      if (isLogged(report)) {
        // It comes with what was missed before it.
        if (!this.#inStep) continue;
        this.#count += 1;
        if (!this.#log.add({ at, message: report.message })) continue;
      }
      this.#tell(report);
    }
    if (!this.#inStep) this.#ask(now);
    this.flush(now);
  }

  #hearSignOfLife(now: number): void {
    this.#awaiting = false;
    this.#clear("patience", "probe");
    if (this.#visible) this.#deadlines.probe = now + PROBE_EVERY_MS;
  }

  #hearFollower(now: number, saying: Saying): void {
    this.#followed = true;
    this.#passOn(now);
    switch (saying[0]) {
      case "hello":
        this.#announce(saying[2] !== this.#count);
        if (saying[1]) this.#attend(true);
        break;
      case "hidden":
        // Another one that is looked at says hello soon.
        this.#attend(this.#visible);
        break;
      case "send":
      case "ask":
        this.#do(...([saying[0], ...saying[1]] as Output));
        break;
      case "found":
        this.#find(now, saying[1]);
        break;
      case "logout":
      case "signal":
        this.#do(...saying);
        break;
    }
  }

  #follow(now: number): void {
    if (this.role === "leader") {
      this.#drop(now);
      this.#do("stand", false);
    }
    this.role = "follower";
    this.#inStep = false;
    this.#askAgainAt = 0;
  }

  /** Takes over what the leader's log has and this tab's has not, and hands over what it has itself. */
  #compare(contents: Contents): void {
    const missing = this.#log.missingIn(contents);
    this.#audience.catchUp(contents.entries.filter((entry) => this.#log.add(entry)));
    this.#inStep = missing.length === 0;
    if (this.#inStep) this.#repeat();
    else this.#do("say", "found", missing);
  }

  /** Logs what other tabs have, and this one has not. */
  #find(now: number, entries: Entry[]): void {
    this.#passOn(now);
    const found = entries.filter((entry) => this.#log.add(entry));
    if (found.length === 0) return;
    this.#count += found.length;
    this.#audience.catchUp(found);
    this.#announce(true);
  }

  #join(now: number): void {
    this.role = "candidate";
    this.#do("join", this.#userId);
    this.#probe(now);
  }

  /** Leaves the other tabs, and lets another one lead after a time, in ms. */
  #part(now: number, after = 0): void {
    if (this.role === "away") return;
    this.#drop(now);
    this.role = "away";
    this.#clear("patience", "probe", "claim");
    this.#do("leave", after);
  }

  /** Leads no longer. */
  #drop(now: number): void {
    this.#passOn(now);
    if (this.role !== "leader") return;
    this.role = "candidate";
    this.#do("drop");
  }

  /** Tells the others that this tab leads, and of its log if one of them needs it. */
  #announce(isLogNeeded = false): void {
    this.#do(
      "say",
      "leader",
      this.#term,
      this.#audience.state,
      this.#firstLoginTime,
      this.#audience.listens,
      this.#count,
      isLogNeeded ? { entries: [...this.#log.entries], forgotten: this.#log.forgotten } : undefined,
    );
  }

  /** Says again what the leader may not have heard: the oldest of it, as there may be thousands while there is no link. */
  #repeat(limit = Number.POSITIVE_INFINITY): void {
    for (const sending of this.#audience.unsettled.slice(0, limit)) this.#do("say", "send", sending);
    for (const asking of this.#audience.questions) this.#do("say", "ask", asking);
  }

  /** Says what is to be done to the leader that this tab follows, which had better live. */
  #toLeader(now: number, ...saying: Saying): void {
    if (this.role !== "follower") return;
    this.#do("say", ...saying);
    if (!this.#awaiting) this.#probe(now);
  }

  /** Asks for what was missed, unless it did so just now. */
  #ask(now: number): void {
    if (now < this.#askAgainAt) return;
    this.#askAgainAt = now + ASK_EVERY_MS;
    this.#hello();
  }

  #hello(): void {
    this.#do("say", "hello", this.#visible, this.#inStep ? this.#count : -1);
  }

  /** Asks the leader for a sign of life. If the user looks at this tab, there had better be one. */
  #probe(now: number): void {
    if (this.role === "away" || this.role === "leader") return;
    this.#clear("probe");
    this.#hello();
    this.#awaiting = true;
    if (this.#visible) this.#deadlines.patience = now + PATIENCE_MS + this.#random() * JITTER_MS;
  }

  /**
   * Leads in place of a leader whose application hears of no messages, if this tab's does: only a tab that hears them
   * may have them acknowledged, as it may be gone at any time. Not at once, as its listener may be about to come.
   */
  #claimMessages(now: number): void {
    const claims = this.#audience.listens && !this.#leaderListens && this.role === "follower";
    if (!claims) this.#clear("claim");
    else if (this.#deadlines.claim === NEVER)
      this.#deadlines.claim = now + PATIENCE_MS + this.#random() * JITTER_MS;
  }

  #clear(...timers: Timer[]): void {
    for (const timer of timers) this.#deadlines[timer] = NEVER;
  }

  #attend(attended: boolean): void {
    if (this.#attended === attended) return;
    this.#attended = attended;
    this.#do("visible", attended);
  }

  #passOn(now: number): void {
    if (this.#outgoing.length === 0) return;
    this.#do("say", "reports", this.#term, this.#outgoingFrom, now, this.#outgoing);
    this.#outgoing = [];
  }

  #tell(report: Report): void {
    if (report.type === "logged-in") this.#firstLoginTime = report.firstLoginTime;
    this.#audience.tell(report);
  }

  /** A logout ends the session of all tabs, and this one does not lead. */
  #end(now: number): void {
    this.#audience.end();
    this.flush(now);
  }

  #do(...output: Output): void {
    this.#outputs.push(output);
  }
}
