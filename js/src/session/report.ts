/** What a session reports to its client. */
import type {
  ClientState,
  LinkLostReason,
  Lost,
  LostReason,
  Message,
  SessionEvent,
} from "../client/client.js";
import type { Presence, Read, Typing } from "../client/conversations.js";
import type { LoginErrorCode, QuestionFailure, SendFailure } from "../client/errors.js";
import type { Answer } from "../client/questions.js";
import { refsIn } from "../client/refs.js";
import type { Host } from "../platform/engine.js";

/** Plain data, told apart by its type, so that a page can pass it on to another page. */
export type Report =
  | { type: "message"; message: Message }
  | { type: "delivered"; fp: string }
  | ({ type: "lost" } & Lost)
  /** A message was not taken; or, without a failure, one without QoS was sent. */
  | { type: "answered"; fp: string; failure: SendFailure | undefined }
  /** A question is answered, or will not be. */
  | ({ type: "answer" } & Answer)
  | ({ type: "typing" } & Typing)
  | ({ type: "read" } & Read)
  | ({ type: "presence" } & Presence)
  /** A login was not even begun. */
  | { type: "login-failed"; code: LoginErrorCode }
  | SessionEvent
  | Trouble;

/** Something failed that the client can do without for now. */
export interface Trouble {
  type: "token-failed" | "store-failed" | "never-opened";
  cause?: unknown;
}

/** Takes a report. Needs no `this`. */
export type Reporter = (report: Report) => void;

/** The server's number for a message that none of the receiver's clients takes. */
const TOO_LONG_FOR_RECEIVER = 303;

/** Where a client stands, by the engine's numbers. */
const STATES: readonly ClientState[] = ["offline", "connecting", "logging-in", "online", "waiting", "closed"];

/** Why a link is gone, by the engine's numbers. */
const LINK_LOST_REASONS: readonly LinkLostReason[] = [
  "disconnected",
  "never-opened",
  "connect-timeout",
  "login-timeout",
  "no-token",
  "silent",
  "not-logged-in",
  "refused-for-now",
  "overflow",
  "session-ended",
  "other",
];

/** Why a message is given up, by the engine's numbers. */
const LOST_REASONS: readonly LostReason[] = [
  "unacknowledged",
  "refused",
  "logged-out",
  "other-user",
  "too-long-for-receiver",
  "too-long",
  "breaks-link",
  "invalid",
  "other",
];

/** Why a question is not answered, by the engine's numbers; the first one is an answer. */
const UNANSWERED: readonly (QuestionFailure | undefined)[] = [
  undefined,
  "not-supported",
  "timed-out",
  "session-ended",
  "other",
];

/** Returns what the engine says by {@link Host.answered}. */
export function answerReport(...[id, text, why]: Parameters<Host["answered"]>): Report {
  return { type: "answer", id, text, failure: UNANSWERED[why] };
}

/** Returns what the engine says by {@link Host.message} to this user. */
export function messageReport(
  userId: string,
  ...[from, to, text, fp, qos, typeu, bridge, time, seq, refs]: Parameters<Host["message"]>
): Report {
  const message: Message = { from, to, text, qos, typeu, bridge, ...refsIn(refs) };
  if (fp !== undefined) message.fp = fp;
  if (time > 0) message.time = time;
  if (seq > 0) message.seq = seq;
  if (from === userId && to !== userId) message.own = true;
  return { type: "message", message };
}

/** Returns what the engine says by {@link Host.lost} about a message of this user's. */
export function givenUp(
  from: string,
  ...[to, text, fp, typeu, reason, number, refs]: Parameters<Host["lost"]>
): Report {
  return lostReport(from, to, text, fp, typeu, LOST_REASONS[reason] as LostReason, refs, number);
}

/** Returns that a message is given up; the number is the server's code, or a limit in bytes. */
export function lostReport(
  from: string,
  to: string,
  text: string,
  fp: string,
  typeu: number,
  reason: LostReason,
  refs: string | undefined,
  number = 0,
): Report {
  const message: Message = { from, to, text, fp, qos: true, typeu, bridge: false, ...refsIn(refs) };
  const isTooLong = reason === "too-long" || reason === "too-long-for-receiver";
  const code = reason === "too-long-for-receiver" ? TOO_LONG_FOR_RECEIVER : isTooLong ? 0 : number;
  return {
    type: "lost",
    message,
    reason,
    ...(code !== 0 && { code }),
    ...(isTooLong && { limit: number }),
  };
}

/** Returns what the engine says by {@link Host.event}, if this version knows it. */
export function eventReport(...[kind, number, flag, text]: Parameters<Host["event"]>): Report | undefined {
  switch (kind) {
    case 0:
      return { type: "state", state: STATES[number] as ClientState };
    case 1:
      return { type: "logged-in", firstLoginTime: number, reconnect: flag, ...(text && { server: text }) };
    case 2:
      return { type: "login-refused", code: number, retry: flag };
    case 3:
      return { type: "link-lost", reason: LINK_LOST_REASONS[number] as LinkLostReason };
    case 4:
      return { type: "kicked", code: number, ...(flag && { reason: text }) };
    case 5:
      return { type: "server-error", code: number, text };
    case 6:
      return badMessage(number, `${flag ? "a message" : "JSON"}: ${text}`);
    case 7:
      return { type: "heartbeat-sent" };
    case 9:
      return { type: "missed", since: number };
    case 10:
      return signalReport(text);
    default:
      return { type: "heartbeat-answered", roundTrip: number };
  }
}

/** Returns that at a byte what the server sent is not what it must be. */
export function badMessage(byte: number, must: string): Report {
  return { type: "bad-message", byte, text: `not ${must}` };
}

/** Returns what passes, as the server says it; nothing if this version does not know it. */
function signalReport(text: string): Report | undefined {
  try {
    const { signal: type, ...rest } = JSON.parse(text);
    if (type === "typing" || type === "read") return { type, ...rest };
    const { with: user, ...presence } = rest;
    if (type === "presence") return { type, user, ...presence };
  } catch {
    // It may be missed.
  }
  return undefined;
}
