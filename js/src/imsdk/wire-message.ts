import type { Message } from "../client/client.js";

/**
 * A message by the names that the wire gives its parts. Applications add fields of their own, which stay on the object
 * and do not go over the wire.
 */
export interface WireMessage<Id = string> {
  /** Always 2 here: data from one application to another. */
  type: number;
  /** The text; any other value is sent as JSON. */
  dataContent: unknown;
  from: Id;
  to: Id;
  /** The fingerprint. It begins with a letter and has letters and digits only, so that it can be a DOM id. */
  fp?: string | undefined;
  /** Whether delivery is guaranteed, and its outcome reported. */
  QoS: boolean;
  /** The application's own message type, −1 for none. */
  typeu: number;
  /** The server's time in ms since 1970, −1 for none. */
  sm: number;
  /** Whether it came over the bridge to MobileIMSDK-Web. */
  bridge: boolean;
}

/** A message of the application's: its ids are as the application has them, and become texts on the wire. */
export type SentMessage = WireMessage<string | number>;

/** A new message. */
export function wireMessage<Id>(
  dataContent: unknown,
  from: Id,
  to: Id,
  QoS: boolean,
  fp: string | undefined,
  typeu: number,
): WireMessage<Id> {
  return { type: 2, dataContent, from, to, fp, QoS, typeu, sm: -1, bridge: false };
}

/** What the client reports, by the wire's names. */
export function toWire({ from, to, text, fp, qos, typeu, time, bridge }: Message): WireMessage {
  return { ...wireMessage(text, from, to, qos, fp, typeu), sm: time ?? -1, bridge };
}

/** Returns the text for the wire: any value but a string is sent as JSON. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
