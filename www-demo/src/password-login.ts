/** `POST /login`: a token for a password. */

/** Longer than this nobody waits for an answer, in ms; less than a client waits for a token. */
const PATIENCE = 8000;

/** Why there is no token. */
export type SignInFailure =
  /** It is not the user's password, or there is no such user. */
  | "wrong"
  /** There were too many attempts. */
  | "too-many"
  /** The server has no time for it. */
  | "busy"
  /** The server gives no tokens to pages of this origin, */
  | "forbidden"
  /** or to nobody. */
  | "off"
  /** Nobody answers. */
  | "unreachable"
  /** The answer is not that of such a server. */
  | "other";

/** There is no token. */
export class SignInError extends Error {
  override name = "SignInError";
  readonly reason: SignInFailure;
  /** When to try again, in ms since 1970, if the server says it. */
  readonly until: number | undefined;

  constructor(reason: SignInFailure, until?: number) {
    super(reason);
    this.reason = reason;
    this.until = until;
  }
}

const BY_STATUS: Partial<Record<number, SignInFailure>> = {
  401: "wrong",
  403: "forbidden",
  404: "off",
  429: "too-many",
  503: "busy",
  // Of a proxy in front, when the server is down.
  502: "unreachable",
  504: "unreachable",
};

/**
 * Asks for a token.
 *
 * @throws SignInError
 * @throws the signal's reason
 */
export async function tokenFor(
  login: URL,
  user: string,
  password: string,
  signal?: AbortSignal,
): Promise<string> {
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(), PATIENCE);
  const cancel = () => timer.abort();
  signal?.addEventListener("abort", cancel);
  try {
    const response = await fetch(login, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user, password }),
      credentials: "omit",
      signal: timer.signal,
    });
    if (!response.ok) throw failure(response);
    const { token } = (await response.json()) as { token?: unknown };
    if (typeof token !== "string" || token === "") throw new SignInError("other");
    return token;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SignInError) throw error;
    // A text that is no JSON is of another server.
    throw new SignInError(error instanceof SyntaxError ? "other" : "unreachable");
  } finally {
    clearTimeout(timeout);
    signal?.removeEventListener("abort", cancel);
  }
}

function failure({ status, headers }: Response): SignInError {
  const wait = Number(headers.get("retry-after"));
  const until = wait > 0 ? Date.now() + wait * 1000 : undefined;
  return new SignInError(BY_STATUS[status] ?? "other", until);
}
