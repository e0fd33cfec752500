import type { ClientState, LostReason } from "../client/client.js";
import { lostReport, type Report, type Reporter } from "../session/report.js";
import type { Entry } from "./log.js";
import type { Asking, Sending } from "./saying.js";

/** The number of messages that wait at most. */
const HELD = 1000;

/** The application of one tab: what it was told, and what it waits for. */
export class Audience {
  state: ClientState = "offline";
  /** When it logged in, in ms since 1970. */
  loggedInAt = 0;
  /** Whether it listens for messages. */
  listens = false;
  readonly #report: Reporter;
  #userId = "";
  /** Whether the session was ended by something else than a logout: then the outbox keeps what is unacknowledged. */
  #isKept = false;
  /** What it sent and did not hear the end of, in order. */
  readonly #unsettled = new Map<string, Sending>();
  /** What it asked and was not answered. */
  readonly #questions = new Map<string, Asking>();
  /** The messages that wait until it listens. */
  #held: Report[] = [];

  constructor(report: Reporter) {
    this.#report = report;
  }

  /** The messages that it sent and did not hear the end of, in order. */
  get unsettled(): Sending[] {
    return [...this.#unsettled.values()];
  }

  /** What it asked and was not answered, in order. */
  get questions(): Asking[] {
    return [...this.#questions.values()];
  }

  /** Logs in. What another user sent is lost. */
  login(now: number, userId: string): void {
    if (userId !== this.#userId) this.#lose("other-user");
    this.#userId = userId;
    this.loggedInAt = now;
    this.#isKept = false;
    this.turn("connecting");
  }

  listening(listens: boolean): void {
    this.listens = listens;
    if (listens) for (const report of this.#held.splice(0)) this.#report(report);
  }

  /** Sends a message: its end is waited for, unless it goes without QoS. */
  sends(sending: Sending): void {
    const [, , , qos, fp] = sending;
    if (qos && !this.#unsettled.has(fp)) this.#unsettled.set(fp, sending);
  }

  /** Asks something: the answer is waited for. */
  asks(asking: Asking): void {
    this.#questions.set(asking[0], asking);
  }

  /** Returns whether it waits for the answer to this question. */
  asked(id: string): boolean {
    return this.#questions.has(id);
  }

  /** Is told of messages, unless they were received before it logged in. */
  catchUp(entries: readonly Entry[]): void {
    for (const { at, message } of entries) if (at >= this.loggedInAt) this.tell({ type: "message", message });
  }

  tell(report: Report): void {
    switch (report.type) {
      case "message":
        if (this.listens) break;
        if (this.#held.push(report) > HELD) this.#held.shift();
        return;
      case "delivered":
      case "answered":
        this.#unsettled.delete(report.fp);
        break;
      case "answer":
        if (!this.#questions.delete(report.id) && !isForAll(report)) return;
        break;
      case "lost":
        this.#unsettled.delete(report.message.fp ?? "");
        break;
      case "state":
        this.turn(report.state);
        return;
      case "kicked":
      case "login-failed":
        this.#isKept = true;
        break;
      case "login-refused":
        this.#isKept = !report.retry;
        break;
    }
    this.#report(report);
    // There is no session, in any tab.
    if (report.type === "login-failed") this.turn("closed");
  }

  /** Is told of a state, if it is another one. */
  turn(state: ClientState): void {
    if (state === this.state) return;
    this.state = state;
    this.#report({ type: "state", state });
  }

  /** The session is over: by a logout, which gives up what was sent, unless something else was told. */
  end(): void {
    if (!this.#isKept) this.#lose("logged-out");
    for (const [id] of this.questions) this.tell({ type: "answer", id, text: "", failure: "session-ended" });
    this.#held = [];
    this.turn("closed");
  }

  #lose(reason: LostReason): void {
    for (const [to, text, typeu, , fp, refs] of this.unsettled) {
      this.tell(lostReport(this.#userId, to, text, fp, typeu, reason, refs));
    }
  }
}

/** Returns whether an answer concerns all tabs, whoever asked: the session watches what the last of them wants, which may not be all. */
export function isForAll(report: Report): boolean {
  return report.type === "answer" && report.text.includes('"hidden":[');
}
