/** What a tab waits for, and how long, in ms. */

/** What a tab waits for. */
export type Timer =
  /** A sign of life of the leader. */
  | "patience"
  /** The time to ask for one. */
  | "probe"
  /** A listener in the leader's page: without one, this tab leads, as its application listens. */
  | "claim";

/** For a sign of life of the leader, */
export const PATIENCE_MS = 2000;

/** plus up to this jitter, so that not all tabs give up together. */
export const JITTER_MS = 500;

/** After the last sign of life, until a follower asks for another, if the user looks at it; */
export const PROBE_EVERY_MS = 5000;

/** and the number of messages that it sends again then, should the leader have slept when it was told of them. */
export const REPEATED = 100;

/** Until a follower asks again for what it missed. */
export const ASK_EVERY_MS = 500;

/** With the lock, once its session has ended: a lock may be granted before what was said first is heard. */
export const LINGER_MS = 200;

export const NEVER = Number.POSITIVE_INFINITY;
