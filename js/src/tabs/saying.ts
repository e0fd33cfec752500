/** What tabs of a user tell each other. */
import { isBoolean, isObject, isText } from "../client/arguments.js";
import type { ClientState } from "../client/client.js";
import type { Report } from "../session/report.js";
import type { Session } from "../session/session.js";
import type { Contents, Entry } from "./log.js";

/** A message on its way from one tab to the session: its receiver, text, type, QoS and fingerprint, and what it refers to. */
export type Sending = Parameters<Session["send"]>;

/** A question on its way from one tab to the session: its id, and its text. */
export type Asking = Parameters<Session["ask"]>;

/** A saying. A term is a leader's: later ones have greater numbers. */
export type Saying =
  /** To the leader, which answers: whether the user looks at this tab, and the number of messages it heard of; −1 if it missed some. */
  | ["hello", visible: boolean, count: number]
  /** To the leader: the user does not look at this tab any more. */
  | ["hidden"]
  | ["send", Sending]
  | ["ask", Asking]
  /** To the leader: something to be told to others, if it can be told now. */
  | ["signal", string]
  | ["logout"]
  /** To the leader: messages that are not in its log. */
  | ["found", Entry[]]
  /** From the leader: that it lives, the number of messages it told of, and its log if a tab missed some. */
  | [
      "leader",
      term: number,
      ClientState,
      firstLoginTime: number,
      listening: boolean,
      count: number,
      Contents | undefined,
    ]
  /** From the leader: what its session reported until a time, and the number of messages it told of before. */
  | ["reports", term: number, count: number, at: number, Report[]];

/** Returns whether what came through the channel is a saying: the other tab may be of another version, or no client's. */
export function isSaying(data: unknown): data is Saying {
  if (!Array.isArray(data)) return false;
  const [name, ...rest] = data as unknown[];
  return passes(SAYINGS, name, rest);
}

type Check = (given: unknown) => boolean;

/** Returns whether something passes the check of a name; a name without one lets nothing pass. */
function passes(checks: Record<string, Check>, name: unknown, given: unknown): boolean {
  return Object.entries(checks).some(([key, check]) => key === name && check(given));
}

const isNumber: Check = (given) => Number.isFinite(given);

const optional =
  (check: Check): Check =>
  (given) =>
    given === undefined || check(given);

const listOf =
  (check: Check): Check =>
  (given) =>
    Array.isArray(given) && given.every(check);

const tuple =
  (...checks: Check[]): Check =>
  (given) =>
    Array.isArray(given) && checks.every((check, index) => check(given[index]));

const object =
  (checks: Record<string, Check>): Check =>
  (given) =>
    isObject(given) &&
    Object.entries(checks).every(([name, check]) => check((given as Record<string, unknown>)[name]));

const isMessage = object({
  from: isText,
  to: isText,
  text: isText,
  fp: optional(isText),
  qos: isBoolean,
  typeu: isNumber,
  bridge: isBoolean,
  time: optional(isNumber),
  own: optional(isBoolean),
  seq: optional(isNumber),
  replyTo: optional(isObject),
  mentions: optional(listOf(isText)),
  mentionsAll: optional(isBoolean),
});

const isEntries = listOf(object({ at: isNumber, message: isMessage }));

const REPORTS: Record<Report["type"], Check> = {
  message: object({ message: isMessage }),
  delivered: object({ fp: isText }),
  lost: object({ message: isMessage, reason: isText, code: optional(isNumber), limit: optional(isNumber) }),
  answered: object({ fp: isText, failure: optional(isText) }),
  answer: object({
    id: isText,
    text: isText,
    failure: optional(isText),
  }),
  typing: object({ with: isText, by: isText }),
  read: object({
    with: isText,
    by: isText,
    seq: isNumber,
    unread: optional(isNumber),
    mentions: optional(isNumber),
  }),
  presence: object({ user: isText, online: isBoolean, lastSeen: optional(isNumber) }),
  "login-failed": object({ code: isText }),
  state: object({ state: isText }),
  "logged-in": object({ firstLoginTime: isNumber, reconnect: isBoolean, server: optional(isText) }),
  "login-refused": object({ code: isNumber, retry: isBoolean }),
  "link-lost": object({ reason: isText }),
  kicked: object({ code: isNumber, reason: optional(isText) }),
  missed: object({ since: isNumber }),
  "server-error": object({ code: isNumber, text: isText }),
  "bad-message": object({ byte: isNumber, text: isText }),
  "heartbeat-sent": isObject,
  "heartbeat-answered": object({ roundTrip: isNumber }),
  "token-failed": isObject,
  "store-failed": isObject,
  "never-opened": isObject,
};

const isReport: Check = (given) => isObject(given) && passes(REPORTS, (given as Partial<Report>).type, given);

const SAYINGS: Record<Saying[0], Check> = {
  hello: tuple(isBoolean, isNumber),
  hidden: tuple(),
  send: tuple(tuple(isText, isText, (typeu) => Number.isInteger(typeu), isBoolean, isText, optional(isText))),
  ask: tuple(tuple(isText, isText)),
  signal: tuple(isText),
  logout: tuple(),
  found: tuple(isEntries),
  leader: tuple(
    isNumber,
    isText,
    isNumber,
    isBoolean,
    isNumber,
    optional(object({ entries: isEntries, forgotten: isNumber })),
  ),
  reports: tuple(isNumber, isNumber, isNumber, listOf(isReport)),
};
