/** What a session reports to its client. */
import type { Lost, Message, SessionEvent } from "../client/client.js";
import type { LoginErrorCode, SendFailure } from "../client/errors.js";
import type { Host, LinkLostReason, LostReason, State } from "../platform/engine.js";

/** Plain data, told apart by its type, so that a page can pass it on to another page. */
export type Report =
  | { type: "message"; message: Message }
  | { type: "delivered"; fp: string }
  | ({ type: "lost" } & Lost)
  /** A message was not taken; or, without a failure, one without QoS was sent. */
  | { type: "answered"; fp: string; failure: SendFailure | undefined }
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

/** Returns what the engine says by {@link Host.message}. */
export function messageReport(
  ...[from, to, text, fp, qos, typeu, bridge, time]: Parameters<Host["message"]>
): Report {
  const message: Message = { from, to, text, qos, typeu, bridge };
  if (fp !== undefined) message.fp = fp;
  if (time > 0) message.time = time;
  return { type: "message", message };
}

/** Returns what the engine says by {@link Host.lost} about a message of this user's. */
export function lostReport(
  from: string,
  to: string,
  text: string,
  fp: string,
  typeu: number,
  reason: LostReason,
  number = 0,
): Report {
  const message: Message = { from, to, text, fp, qos: true, typeu, bridge: false };
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

/** Returns what the engine says by {@link Host.event}. */
export function eventReport(...[name, number, flag, text]: Parameters<Host["event"]>): Report {
  switch (name) {
    case "state":
      return { type: name, state: text as State };
    case "logged-in":
      return { type: name, firstLoginTime: number, reconnect: flag, ...(text && { server: text }) };
    case "login-refused":
      return { type: name, code: number, retry: flag };
    case "link-lost":
      return { type: name, reason: text as LinkLostReason };
    case "kicked":
      return { type: name, code: number, ...(flag && { reason: text }) };
    case "server-error":
      return { type: name, code: number, text };
    case "bad-message":
      return { type: name, byte: number, text: `not ${flag ? "a message" : "JSON"}: ${text}` };
    case "heartbeat-sent":
      return { type: name };
    case "heartbeat-answered":
      return { type: name, roundTrip: number };
  }
}
