/**
 * One connection for all tabs of a user.
 *
 * A Web Lock elects the leader, which has the engine, the socket and the store. The others, its followers, send
 * through it and hear from it what the engine reports, over a BroadcastChannel. Each tab remembers what it sent and did
 * not hear the end of: when another tab leads, it is sent again with the same fingerprints, in order, and joins what
 * the store gave back. The new leader goes the old one's login on (an equal firstLoginTime), so nobody is kicked out.
 *
 * A leader that does not answer, since its tab is frozen or hangs, is deposed by a follower that the user looks at.
 * When it wakes it has lost the lock, and hears of a later term than its own: it drops its socket and follows.
 */
import { isText } from "../client/arguments.js";
import { describe } from "../client/errors.js";
import type { Account } from "../client/options.js";
import type { State } from "../platform/engine.js";
import { cryptoSeed } from "../platform/platform.js";
import { LocalSession, type SessionParts } from "../session/local.js";
import { lostReport, type Report, type Reporter } from "../session/report.js";
import type { Session, SessionStatus } from "../session/session.js";
import { Leadership } from "./leadership.js";
import { Recent } from "./recent.js";
import { readNote, writeNote } from "./session-note.js";

/** A leader may take so long to answer, in ms, and up to half a second more: not all tabs are to lose patience at once. */
const PATIENCE_MS = 2000;

/** A follower that the user looks at asks for a sign of life so long after the last one, in ms, or when it sends. */
const PROBE_EVERY_MS = 5000;

/** A lock may be granted before what was said first is heard. So one whose session has ended keeps it so long, in ms. */
const LINGER_MS = 200;

/** So many messages are remembered as shown: a new leader may receive again what the old one has shown. */
const SHOWN = 1000;

type Sending = Parameters<Session["send"]>;

/** What tabs tell each other. A term is a leader's: later ones have greater numbers. */
type Saying =
  /** Does anybody lead? The user looks at this tab, or not. */
  | ["hello", visible: boolean]
  | ["hidden"]
  | ["send", Sending]
  | ["logout"]
  | ["leader", term: number, State, firstLoginTime: number, listening: boolean]
  | ["reports", term: number, Report[]];

/** Returns a session that shares its connection with other tabs; undefined if the browser has no means for that. */
export function shareBetweenTabs(parts: SessionParts, report: Reporter): Session | undefined {
  const isPossible = "BroadcastChannel" in globalThis && globalThis.navigator?.locks !== undefined;
  return isPossible ? new SharedSession(parts, report) : undefined;
}

/** Whether what another tab wants to send may go to the engine: it may be of another version, or no tab of ours. */
function isSending(sending: unknown): sending is Sending {
  const [to, text, typeu, qos, fp] = Array.isArray(sending) ? (sending as unknown[]) : [];
  return [to, text, fp].every(isText) && Number.isInteger(typeu) && typeof qos === "boolean";
}

/** What a tab has while somebody is logged in and the tab does not rest. */
interface Membership {
  role: "candidate" | "follower" | "leader";
  channel: BroadcastChannel;
  leadership: Leadership;
}

class SharedSession implements Session {
  readonly #parts: SessionParts;
  readonly #report: Reporter;
  /** Logs in only while this tab leads. */
  #engine: LocalSession;
  #account: Account | undefined;
  #userId = "";
  #loggedInAt = 0;
  #state: State = "offline";
  #firstLoginTime = 0;
  #membership: Membership | undefined;
  /** The latest term that was heard of. */
  #term = 0;
  #visible = true;
  /** Whether the user looks at this tab or, as far as its leader knows, at another. */
  #attended = true;
  /** What this tab sent and did not hear the end of, in order. */
  readonly #unsettled = new Map<string, Sending>();
  readonly #shown = new Recent(SHOWN);
  /** Whether another tab may be listening. */
  #followed = false;
  readonly #outgoing: Report[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listening = false;
  #leaderListens = true;
  /** Whether this tab is about to lead, since it alone hears of messages; and when. */
  #claims = false;
  #claim: ReturnType<typeof setTimeout> | undefined;
  /** Whether the leader was asked for a sign of life, and gave none yet. */
  #awaiting = false;

  constructor(parts: SessionParts, report: Reporter) {
    this.#parts = parts;
    this.#report = report;
    this.#engine = this.#newEngine();
  }

  get keeps(): boolean {
    return this.#engine.keeps || this.#role === "follower";
  }

  login(account: Account): void {
    // Of a session that ended just now the others are still to be told.
    this.#flush();
    if (this.#userId !== account.userId) this.#loseUnsettled("other-user");
    this.#userId = account.userId;
    this.#account = account;
    this.#loggedInAt = Date.now();
    this.#firstLoginTime = 0;
    this.#tellState("connecting");
    this.#join();
  }

  logout(): void {
    if (this.#account === undefined) return;
    writeNote(this.#name, { loggedOutAt: Date.now() });
    if (this.#role === "leader") this.#engine.logout();
    else {
      this.#say("logout");
      this.#endByLogout();
    }
    this.#flush();
  }

  send(...sending: Sending): void {
    const [, , , qos, fp] = sending;
    if (this.#account === undefined || this.#state === "closed") {
      this.#report({ type: "answered", fp, failure: "not-logged-in" });
      return;
    }
    if (qos && !this.#unsettled.has(fp)) this.#unsettled.set(fp, sending);
    const role = this.#role;
    if (role === "leader") {
      this.#engine.send(...sending);
      return;
    }
    if (role === "follower") {
      this.#say("send", sending);
      if (!this.#awaiting) this.#probe();
    }
    const isSent = role === "follower" && this.#state === "online";
    if (!qos) this.#report({ type: "answered", fp, failure: isSent ? undefined : "offline" });
  }

  newFingerprint(): string {
    return this.#engine.newFingerprint();
  }

  listening(listening: boolean): void {
    this.#listening = listening;
    if (this.#role === "leader") {
      this.#engine.listening(listening);
      this.#announce();
    } else this.#claimMessages();
  }

  visible(visible: boolean): void {
    this.#visible = visible;
    this.#attended = visible;
    if (this.#role === "leader") this.#engine.visible(visible);
    else if (visible) this.#probe();
    else {
      clearTimeout(this.#timer);
      this.#say("hidden");
    }
  }

  network(available: boolean): void {
    if (this.#role === "leader") this.#engine.network(available);
  }

  resting(resting: boolean): void {
    if (resting) this.#part();
    else if (this.#account !== undefined && this.#membership === undefined) this.#join();
  }

  status(): SessionStatus {
    const status = this.#engine.status();
    return this.#role === "leader"
      ? { ...status, role: "leader" }
      : { ...status, pending: this.#unsettled.size, role: "follower" };
  }

  close(): void {
    const role = this.#role;
    if (this.#membership !== undefined) this.#membership.role = "candidate";
    this.#part();
    this.#engine.close();
    // Nobody has them yet.
    if (role === "candidate") {
      for (const fp of this.#unsettled.keys()) this.#report({ type: "answered", fp, failure: "closed" });
    }
  }

  get #role(): Membership["role"] {
    return this.#membership?.role ?? "candidate";
  }

  get #name(): string {
    return `mobileim/1 ${this.#parts.url} ${this.#userId}`;
  }

  #join(): void {
    const channel = new BroadcastChannel(this.#name);
    channel.onmessage = ({ data }: MessageEvent<Saying>) => {
      if (Array.isArray(data)) this.#hear(data);
    };
    const leadership = new Leadership(this.#name, {
      elected: () => this.#lead(),
      deposed: () => this.#yield(),
    });
    this.#membership = { role: "candidate", channel, leadership };
    leadership.stand();
    this.#probe();
  }

  /** Leaves the other tabs, and lets another one lead after so many ms. */
  #part(after = 0): void {
    const membership = this.#membership;
    if (membership === undefined) return;
    this.#dropConnection();
    this.#membership = undefined;
    clearTimeout(this.#timer);
    this.#claimMessages();
    membership.channel.close();
    membership.leadership.withdraw(after);
  }

  /** Leads no longer, but is there. */
  #yield(): void {
    this.#dropConnection();
    this.#membership?.leadership.stand();
    this.#probe();
  }

  #dropConnection(): void {
    this.#passOn();
    const membership = this.#membership;
    if (membership?.role !== "leader") return;
    membership.role = "candidate";
    const engine = this.#engine;
    this.#engine = this.#newEngine();
    engine.close();
  }

  #newEngine(): LocalSession {
    // A seed of its own: two engines must not make the same fingerprints.
    const engine: LocalSession = new LocalSession({ ...this.#parts, seed: cryptoSeed() }, (report) => {
      // Not the last words of an engine that was replaced.
      if (this.#engine === engine) this.#relay(report);
    });
    return engine;
  }

  #lead(): void {
    const membership = this.#membership;
    const account = this.#account;
    if (membership === undefined || account === undefined) return;
    clearTimeout(this.#timer);
    if (readNote(this.#name).loggedOutAt > this.#loggedInAt) {
      // Another tab did, while this one did not listen.
      this.#endByLogout();
      this.#flush();
      return;
    }
    membership.role = "leader";
    // One that it followed may only be asleep.
    this.#followed = this.#term > 0;
    this.#term = Math.max(this.#term + 1, Date.now());
    this.#announce();
    this.#claimMessages();
    this.#engine.visible(this.#visible);
    this.#engine.listening(this.#listening);
    this.#engine.login(account, this.#firstLoginTime);
    for (const sending of [...this.#unsettled.values()]) this.#engine.send(...sending);
  }

  #announce(): void {
    this.#say("leader", this.#term, this.#state, this.#firstLoginTime, this.#listening);
  }

  /** Asks the leader for a sign of life. Where the user looks at this tab, there had better be one. */
  #probe(): void {
    if (this.#membership === undefined || this.#role === "leader") return;
    clearTimeout(this.#timer);
    this.#say("hello", this.#visible);
    this.#awaiting = true;
    if (this.#visible) this.#timer = setTimeout(() => this.#usurp(), PATIENCE_MS + Math.random() * 500);
  }

  /**
   * Leads in place of a leader whose application hears of no messages, where this tab's does: only a tab that hears them
   * may have them acknowledged, as it may be gone at any time. Not at once, as its listener may be about to come.
   */
  #claimMessages(): void {
    const isClaim = this.#listening && !this.#leaderListens && this.#role === "follower";
    if (!isClaim) clearTimeout(this.#claim);
    if (isClaim === this.#claims) return;
    this.#claims = isClaim;
    if (!isClaim) return;
    const claim = () => {
      this.#claims = false;
      this.#usurp();
    };
    this.#claim = setTimeout(claim, PATIENCE_MS + Math.random() * 500);
  }

  #usurp(): void {
    // Else the server would kick the old leader out, which might take it for the end of everything when it wakes.
    this.#firstLoginTime ||= readNote(this.#name).firstLoginTime;
    this.#membership?.leadership.stand(true);
  }

  #hear(saying: Saying): void {
    switch (saying[0]) {
      case "leader":
      case "reports":
        this.#hearLeader(saying);
        break;
      default:
        if (this.#role === "leader") this.#hearFollower(saying);
    }
  }

  #hearLeader(saying: Saying & ["leader" | "reports", ...unknown[]]): void {
    const term = saying[1];
    if (term < this.#term) {
      // The last words of one that left, or of one that does not know yet that it was deposed: what is done is done.
      const isDone = ({ type }: Report) => type === "message" || type === "delivered";
      if (saying[0] === "reports") for (const report of saying[2].filter(isDone)) this.#tell(report);
      return;
    }
    if (saying[0] === "leader") {
      const isNew = term > this.#term || this.#role !== "follower";
      this.#term = term;
      if (isNew) this.#follow();
      this.#firstLoginTime = Number(saying[3]) || 0;
      // Of one with an earlier version of this there is nothing to be known.
      this.#leaderListens = saying[4] !== false;
      this.#claimMessages();
      this.#tellState(saying[2]);
    }
    if (term !== this.#term || this.#role !== "follower") return;
    this.#awaiting = false;
    clearTimeout(this.#timer);
    if (this.#visible) this.#timer = setTimeout(() => this.#probe(), PROBE_EVERY_MS);
    if (saying[0] === "reports") {
      for (const report of saying[2]) this.#tell(report);
      this.#flush();
    }
  }

  #follow(): void {
    const membership = this.#membership;
    if (membership === undefined) return;
    if (membership.role === "leader") {
      this.#dropConnection();
      membership.leadership.stand();
    }
    membership.role = "follower";
    this.#say("hello", this.#visible);
    for (const sending of this.#unsettled.values()) this.#say("send", sending);
  }

  #hearFollower(saying: Saying): void {
    this.#followed = true;
    this.#flush();
    switch (saying[0]) {
      case "hello":
        this.#announce();
        if (saying[1]) this.#attend(true);
        break;
      case "hidden":
        // Another one that is looked at says hello soon.
        this.#attend(this.#visible);
        break;
      case "send":
        if (isSending(saying[1])) this.#engine.send(...saying[1]);
        break;
      case "logout":
        this.#engine.logout();
        break;
    }
  }

  #attend(attended: boolean): void {
    if (this.#attended === attended) return;
    this.#attended = attended;
    this.#engine.visible(attended);
  }

  #say(...saying: Saying): void {
    this.#membership?.channel.postMessage(saying);
  }

  /** What this tab's engine reports. */
  #relay(report: Report): void {
    const isFirst = this.#outgoing.length === 0;
    if (this.#followed && this.#role === "leader") {
      // What was thrown may not be fit to travel.
      this.#outgoing.push("cause" in report ? { ...report, cause: describe(report.cause) } : report);
    }
    this.#tell(report);
    // All that comes of one message goes together.
    if (isFirst && (this.#followed || this.#state === "closed")) {
      void Promise.resolve().then(() => this.#flush());
    }
  }

  /** Passes on what is to be passed on. A session that has ended is ended here too. */
  #flush(): void {
    this.#passOn();
    if (this.#state !== "closed") return;
    this.#part(this.#followed ? LINGER_MS : 0);
    this.#account = undefined;
  }

  #passOn(): void {
    if (this.#outgoing.length > 0) this.#say("reports", this.#term, this.#outgoing.splice(0));
  }

  /** Tells this tab's client. */
  #tell(report: Report): void {
    switch (report.type) {
      case "message": {
        // The leader has shown it. Should it be repeated to this tab as the next leader, that has not.
        if (!this.#listening) return;
        const { from, fp } = report.message;
        if (fp !== undefined && !this.#shown.isNew(`${from} ${fp}`)) return;
        break;
      }
      case "delivered":
      case "answered":
        this.#unsettled.delete(report.fp);
        break;
      case "lost":
        this.#unsettled.delete(report.message.fp ?? "");
        break;
      case "state":
        this.#tellState(report.state);
        return;
      case "logged-in":
        this.#firstLoginTime = report.firstLoginTime;
        if (this.#role === "leader") writeNote(this.#name, { firstLoginTime: report.firstLoginTime });
        break;
    }
    this.#report(report);
    // There is no session, in any tab.
    if (report.type === "login-failed") this.#tellState("closed");
  }

  #tellState(state: State): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#report({ type: "state", state });
  }

  #endByLogout(): void {
    this.#loseUnsettled("logged-out");
    this.#tellState("closed");
  }

  #loseUnsettled(reason: "logged-out" | "other-user"): void {
    for (const [to, text, typeu, , fp] of [...this.#unsettled.values()]) {
      this.#tell(lostReport(this.#userId, to, text, fp, typeu, reason));
    }
  }
}
