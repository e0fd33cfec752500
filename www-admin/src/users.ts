/** Who is online, by how their ids begin. */
import { ask } from "./api.js";
import type { OnlineAnswer, OnlinePage } from "./types.js";

/** How many are shown at a time. */
export const PAGE = 100;

export interface Found {
  users: readonly string[];
  /** Behind whom there may be more. */
  next: string | undefined;
}

/** Users whose ids begin like this, in the order of ids; those behind one, or the first. */
export async function find(prefix: string, after: string | undefined, signal: AbortSignal): Promise<Found> {
  const path = ["users", "online"];
  // All that begin like it come behind it, but for it itself.
  const from = after ?? (prefix === "" ? undefined : prefix);
  const query = { after: from, limit: PAGE };
  const [itself, page] = await Promise.all([
    prefix === "" || after !== undefined
      ? undefined
      : ask<OnlineAnswer>({ method: "POST", path, body: { users: [prefix] } }, signal),
    ask<OnlinePage>({ path, query }, signal),
  ]);
  const users = page.online.filter((user) => user.startsWith(prefix));
  const isOver = page.next === undefined || users.length < page.online.length;
  return { users: [...(itself?.online ?? []), ...users], next: isOver ? undefined : page.next };
}
