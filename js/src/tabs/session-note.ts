/** A word about a session for tabs that did not listen when it was said. */
export interface SessionNote {
  /** The firstLoginTime of the session that stands, or stood last; 0 where nothing is noted. */
  firstLoginTime: number;
  /** When a tab logged out last, in ms since 1970. */
  loggedOutAt: number;
}

const NOTHING: SessionNote = { firstLoginTime: 0, loggedOutAt: 0 };

/** Reads what was noted under a name. */
export function readNote(name: string): SessionNote {
  try {
    const { firstLoginTime, loggedOutAt } = JSON.parse(localStorage.getItem(name) ?? "{}") as SessionNote;
    return { firstLoginTime: Number(firstLoginTime) || 0, loggedOutAt: Number(loggedOutAt) || 0 };
  } catch {
    return NOTHING;
  }
}

/** Notes it. A browser that forbids it, or a worker, goes without: it is of use only where a tab was frozen. */
export function writeNote(name: string, note: Partial<SessionNote>): void {
  try {
    localStorage.setItem(name, JSON.stringify(note));
  } catch {
    // See above.
  }
}
