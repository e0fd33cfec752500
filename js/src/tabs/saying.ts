/** What tabs of a user tell each other. */
import { isBoolean, isText } from "../client/arguments.js";
import type { State } from "../platform/engine.js";
import type { Report } from "../session/report.js";
import type { Session } from "../session/session.js";
import type { Entry, Place, Segment } from "./log.js";

/** A message on its way from one tab to the session: its receiver, text, type, QoS and fingerprint. */
export type Sending = Parameters<Session["send"]>;

/** A saying. A term is a leader's: later ones have greater numbers. */
export type Saying =
  /** To the leader, which answers: whether the user looks at this tab, and where this tab's log ends. */
  | ["hello", visible: boolean, Place]
  /** To the leader: the user does not look at this tab any more. */
  | ["hidden"]
  | ["send", Sending]
  | ["logout"]
  /** To the leader: messages that were shown, and are not in its log. */
  | ["found", Entry[]]
  /** From the leader: that it lives, where its log ends, and what a tab lacks that said hello. */
  | ["leader", term: number, State, firstLoginTime: number, listening: boolean, Place, Segment | undefined]
  /** From the leader: what its session reported, at a time; what of it is logged begins at a place. */
  | ["reports", term: number, Place, at: number, Report[]];

/** Returns whether what another tab wants to send may go to the engine: it may be of another version, or no tab of ours. */
export function isSending(sending: unknown): sending is Sending {
  const [to, text, typeu, qos, fp] = Array.isArray(sending) ? (sending as unknown[]) : [];
  return [to, text, fp].every(isText) && Number.isInteger(typeu) && isBoolean(qos);
}
