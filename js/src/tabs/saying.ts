/** What tabs of a user tell each other. */
import { isBoolean, isText } from "../client/arguments.js";
import type { State } from "../platform/engine.js";
import type { Report } from "../session/report.js";
import type { Session } from "../session/session.js";
import type { Contents, Entry } from "./log.js";

/** A message on its way from one tab to the session: its receiver, text, type, QoS and fingerprint. */
export type Sending = Parameters<Session["send"]>;

/** A saying. A term is a leader's: later ones have greater numbers. */
export type Saying =
  /** To the leader, which answers: whether the user looks at this tab, and the number of messages it heard of; −1 if it missed some. */
  | ["hello", visible: boolean, count: number]
  /** To the leader: the user does not look at this tab any more. */
  | ["hidden"]
  | ["send", Sending]
  | ["logout"]
  /** To the leader: messages that are not in its log. */
  | ["found", Entry[]]
  /** From the leader: that it lives, the number of messages it told of, and its log if a tab missed some. */
  | [
      "leader",
      term: number,
      State,
      firstLoginTime: number,
      listening: boolean,
      count: number,
      Contents | undefined,
    ]
  /** From the leader: what its session reported until a time, and the number of messages it told of before. */
  | ["reports", term: number, count: number, at: number, Report[]];

/** Returns whether what another tab wants to send may go to the engine: it may be of another version, or no tab of ours. */
export function isSending(sending: unknown): sending is Sending {
  const [to, text, typeu, qos, fp] = Array.isArray(sending) ? (sending as unknown[]) : [];
  return [to, text, fp].every(isText) && Number.isInteger(typeu) && isBoolean(qos);
}
