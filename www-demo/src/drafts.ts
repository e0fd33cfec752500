/** What was begun and not sent, for each conversation of a user. */
import { stored } from "./stored.js";

type Drafts = Readonly<Record<string, string>>;

const isDrafts = (value: unknown): value is Drafts =>
  typeof value === "object" && value !== null && Object.values(value).every((one) => typeof one === "string");

/** By the user's id and the peer's. */
const drafts = stored<Drafts>("drafts", {}, isDrafts);

const key = (userId: string, peer: string) => JSON.stringify([userId, peer]);

/** What was begun; empty where there is nothing. */
export function draft(userId: string, peer: string): string {
  return drafts.value[key(userId, peer)] ?? "";
}

/** With whom a user has begun something. */
export function peersWithDraft(userId: string): string[] {
  return Object.keys(drafts.value)
    .map((one) => JSON.parse(one) as [string, string])
    .filter(([user]) => user === userId)
    .map(([, peer]) => peer);
}

/** Keeps it, in all tabs. */
export function keepDraft(userId: string, peer: string, text: string): void {
  if (text === draft(userId, peer)) return;
  const { [key(userId, peer)]: _, ...others } = drafts.value;
  drafts.value = text.trim() === "" ? others : { ...others, [key(userId, peer)]: text };
}
