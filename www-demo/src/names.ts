import { signal } from "@preact/signals";
import { t } from "./texts.js";

/** The user id by which the server itself writes. */
const SERVER = "0";

/** How groups are called. */
export const groupNames = signal<Readonly<Record<string, string>>>({});

/** Whether it is a group that one talks with, and no user. */
export function isGroup(peer: string): boolean {
  return peer.startsWith("#");
}

/** How a user or a group is called. */
export function nameOf(peer: string): string {
  return peer === SERVER ? t.serverName : groupNames.value[peer] || peer;
}
