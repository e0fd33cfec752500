/** One message as the chat shows it. */
export interface Entry {
  fp: string;
  peer: string;
  text: string;
  mine: boolean;
  /** Where a message of one's own is. */
  status: "sending" | "delivered" | "failed" | undefined;
}

/** How many entries a user's history keeps. */
const LENGTH = 200;

const key = (userId: string) => `history-${userId}`;

/** A user's history, oldest first. */
export function loadHistory(userId: string): Entry[] {
  return uni.getStorageSync(key(userId)) || [];
}

export function saveHistory(userId: string, entries: readonly Entry[]): void {
  uni.setStorage({ key: key(userId), data: entries.slice(-LENGTH) });
}
