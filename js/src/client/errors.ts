import type { Failure } from "../platform/engine.js";

/**
 * The base of every error that this package throws or reports.
 *
 * `code` is stable and may be tested for: a word of this package, or the number that the server gave.
 */
export class MobileIMError extends Error {
  override name = "MobileIMError";
  readonly code: string | number;

  constructor(code: string | number, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The engine could not be loaded: `code` is `"engine-not-loaded"`, `cause` says why. */
export class EngineLoadError extends MobileIMError {
  override name = "EngineLoadError";

  constructor(cause: unknown) {
    super("engine-not-loaded", `the WebAssembly engine could not be loaded: ${describe(cause)}`, { cause });
  }
}

/** Why a login did not come about, other than by the server's word. */
export type LoginErrorCode =
  /** The user id is empty. */
  | "no-user-id"
  /** No user can have this id: it is `"0"` or `"-1"`, or longer than 256 bytes of UTF-8. */
  | "bad-user-id"
  /** There is neither `token` nor `getToken`. */
  | "no-token"
  /** Another user is logged in with this client. */
  | "other-user"
  /** `logout` came before the answer, from this tab or another. */
  | "logged-out"
  /** The client is closed. */
  | "closed"
  /** Something newer than this list. */
  | "other";

/** A login did not come about. See {@link LoginRefusedError} for the server's refusals. */
export class LoginError extends MobileIMError {
  override name = "LoginError";
  declare readonly code: LoginErrorCode;

  constructor(code: LoginErrorCode) {
    super(code, LOGIN_MESSAGES[code]);
  }
}

const LOGIN_MESSAGES: Record<LoginErrorCode, string> = {
  "no-user-id": "the user id is empty",
  "bad-user-id": "no user can have this id",
  "no-token": "there is no token and no getToken",
  "other-user": "another user is logged in",
  "logged-out": "logged out before the answer",
  closed: "the client is closed",
  other: "not logged in",
};

/**
 * `getToken` threw, gave no text or none in time: `code` is `"token-failed"`. Told once until it works again; the client
 * asks again by itself.
 */
export class TokenError extends MobileIMError {
  override name = "TokenError";

  constructor(cause: unknown) {
    super("token-failed", `getToken failed: ${describe(cause)}`, { cause });
  }
}

/**
 * No link to the server's address has opened, which may never work; `code` is `"never-opened"`. `cause` is what the host
 * threw, if it did. Told once until a link opens; the client tries again by itself.
 */
export class ConnectError extends MobileIMError {
  override name = "ConnectError";

  constructor(address: string, cause?: unknown) {
    super(
      "never-opened",
      `no link to ${address} has opened${cause === undefined ? "" : ` (${describe(cause)})`}: ` +
        "check host, port and path, that the server runs, and that nothing between forbids WebSockets",
      { cause },
    );
  }
}

/** The server refused a login: `code` is its number (1025: bad token, 1026: expired, 1027: try again later). */
export class LoginRefusedError extends MobileIMError {
  override name = "LoginRefusedError";
  declare readonly code: number;
  /** Whether the client tries again by itself; else it is closed until the next `login`. */
  readonly retry: boolean;

  constructor(code: number, retry: boolean) {
    super(code, `the server refused the login with code ${code}`);
    this.retry = retry;
  }
}

/** The server ended the session for good: `code` is 1 for a login elsewhere, 2 for an administrator's decision. */
export class KickedError extends MobileIMError {
  override name = "KickedError";
  declare readonly code: number;
  /** The administrator's words. */
  readonly reason: string | undefined;

  constructor(code: number, reason?: string) {
    super(
      code,
      reason ?? (code === 1 ? "logged in elsewhere" : `the server ended the session with code ${code}`),
    );
    this.reason = reason;
  }
}

/** The server complained, with its number in `code`, about something that no promise stands for. */
export class ServerError extends MobileIMError {
  override name = "ServerError";
  declare readonly code: number;
}

/** Why a message was not delivered: "retry" if {@link SendError.retry} is true, "kept" if {@link SendError.kept} is. */
export type SendFailure =
  /** No user is logged in. Retry. */
  | "not-logged-in"
  /** Sent without QoS while there was no link. Retry. */
  | "offline"
  /** The receiver's user id is empty. */
  | "no-receiver"
  /** No user can have the receiver's id: it is `"-1"`, or longer than 256 bytes of UTF-8. */
  | "bad-receiver"
  /** The fingerprint is empty, or longer than 256 bytes of UTF-8. */
  | "bad-fingerprint"
  /** The text is too long for the server. `limit` is the longest that it takes, if that was known only later. */
  | "too-long"
  /** The receiver is online, and none of its clients takes a text as long as this: `limit` is the longest that they take. */
  | "too-long-for-receiver"
  /** Too many messages are on their way. Retry. */
  | "outbox-full"
  /** No acknowledgement came for two minutes (15 s from an original server), although there was a link. Retry, with the same `fp`. */
  | "unacknowledged"
  /** The server refused the message. Retry later if `serverCode` is 302: the receiver's mailbox is full. */
  | "refused"
  /** Three links in a row were closed right after the message was sent on them. Retry, unless the text is the cause. */
  | "breaks-link"
  /** An earlier version of the client kept it, and no server takes it. */
  | "invalid"
  /** The user logged out first. Retry, after a login. */
  | "logged-out"
  /** Another user logged in first. */
  | "other-user"
  /** The user was kicked out first. Kept. */
  | "kicked"
  /** The login that the message waited for was refused. Kept. */
  | "login-refused"
  /** The client was closed first. Kept if the client took the message and has a store; else retry with another client. */
  | "closed"
  /** Something newer than this list. */
  | "other";

const RETRY: readonly SendFailure[] = [
  "not-logged-in",
  "offline",
  "outbox-full",
  "unacknowledged",
  "breaks-link",
  "logged-out",
  "closed",
];
/** The server's number for a receiver whose mailbox is full, for now. */
const MAILBOX_FULL = 302;
const KEPT: readonly SendFailure[] = ["kicked", "login-refused"];

/** A message was not delivered; `code` is the same as `reason`. */
export class SendError extends MobileIMError {
  override name = "SendError";
  declare readonly code: SendFailure;
  readonly reason: SendFailure;
  /** The message's fingerprint. */
  readonly fp: string;
  /** Whether sending the same again, with the same `fp`, may succeed, and is needed. */
  readonly retry: boolean;
  /**
   * Whether it still is in the outbox: it goes out by itself when the same user logs in again, and a `delivered`
   * or `lost` event then tells how it ended.
   */
  readonly kept: boolean;
  /** The server's number, if it refused the message. */
  readonly serverCode: number | undefined;
  /** The limit for the message as it crosses the wire, in bytes, if it is longer. */
  readonly limit: number | undefined;

  constructor(
    reason: SendFailure,
    fp: string,
    { kept = KEPT.includes(reason), code, limit }: { kept?: boolean; code?: number; limit?: number } = {},
  ) {
    super(reason, `not delivered: ${reason}`);
    this.reason = reason;
    this.fp = fp;
    this.retry = !kept && (RETRY.includes(reason) || code === MAILBOX_FULL);
    this.kept = kept;
    this.serverCode = code;
    this.limit = limit;
  }
}

/** Why a question was not answered, other than by the server's word. */
export type QuestionFailure =
  /** No user is logged in. */
  | "not-logged-in"
  /** The server answers no questions: it is of an earlier version, or no MobileIM server. */
  | "not-supported"
  /** No answer came within 10 s, with or without a link. What was asked for may have been done. */
  | "timed-out"
  /** The user logged out first, or the server ended the session. */
  | "session-ended"
  /** The question is too long for the server. */
  | "too-long"
  /** Too many questions are not answered yet. */
  | "too-many"
  /** The client was closed first. */
  | "closed"
  /** The answer cannot be read, or something newer than this list. */
  | "other";

/** A question was not answered; `code` is the server's number if it refused it (314: there is no such thing, 315: it may not be). */
export class QuestionError extends MobileIMError {
  override name = "QuestionError";
  declare readonly code: QuestionFailure | number;

  constructor(code: QuestionFailure | number, text = `not answered: ${code}`) {
    super(code, text);
  }
}

/** Why the engine did not take a login, a message or a question, by its numbers. */
const FAILURES: readonly (LoginErrorCode | SendFailure)[] = [
  "other",
  "no-user-id",
  "other-user",
  "not-logged-in",
  "offline",
  "no-receiver",
  "bad-fingerprint",
  "too-long",
  "outbox-full",
  "invalid",
  "bad-receiver",
  "bad-user-id",
];

/** Returns why the engine did not take a login. */
export function loginFailure(failure: Failure): LoginErrorCode {
  return (FAILURES[failure] ?? "other") as LoginErrorCode;
}

/** Returns why the engine did not take a message. */
export function sendFailure(failure: Failure): SendFailure {
  return (FAILURES[failure] ?? "other") as SendFailure;
}

/** Returns why the engine did not take a question. */
export function questionFailure(failure: Failure): QuestionFailure {
  const why = sendFailure(failure);
  return why === "outbox-full" ? "too-many" : (why as QuestionFailure);
}

/** Returns the error of an application's store, or of what it gave back. */
export function storeError(cause: unknown): MobileIMError {
  return new MobileIMError("store-failed", `the message store failed: ${describe(cause)}`, { cause });
}

/** Returns the words for what went wrong. */
export function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
