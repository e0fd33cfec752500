/** A word about a session for tabs that did not listen when it was said. */
export interface SessionNote {
  /** The firstLoginTime of the present session, or of the last one; 0 if none is noted. */
  firstLoginTime: number;
  /** When a tab logged in with it last, in ms since 1970. */
  loggedInAt: number;
  /** When a tab began a new session whose firstLoginTime is not known yet, in ms since 1970; 0 if none did. */
  beganAt: number;
  /** When a tab logged out last, in ms since 1970. */
  loggedOutAt: number;
}

/** Reads what was noted under a name. */
export function readNote(name: string): SessionNote {
  let noted: Partial<SessionNote> = {};
  try {
    noted = JSON.parse(localStorage.getItem(name) ?? "{}");
  } catch {
    // A browser that forbids it, and a worker, go without.
  }
  const timeOf = (key: keyof SessionNote) => Number(noted?.[key]) || 0;
  return {
    firstLoginTime: timeOf("firstLoginTime"),
    loggedInAt: timeOf("loggedInAt"),
    beganAt: timeOf("beganAt"),
    loggedOutAt: timeOf("loggedOutAt"),
  };
}

/** Notes something: of use only if a tab was frozen. */
export function writeNote(name: string, note: Partial<SessionNote>): void {
  try {
    localStorage.setItem(name, JSON.stringify(note));
  } catch {
    // As above.
  }
}
