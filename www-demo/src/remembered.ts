/**
 * Who uses this page. Through a reload they stay signed in, which only this window knows, and their token is nowhere else; in
 * another window the sign-in page proposes them, as one may want to be somebody else there.
 */
import { attempt } from "./stored.js";

const KEY = "mobileim-demo/user";
const TOKEN = "mobileim-demo/token";

/** Who is signed in, in this window. */
export function signedInUser(): string | undefined {
  return attempt(() => sessionStorage.getItem(KEY) ?? undefined);
}

/** Who signed in last, in any window. */
export function lastUser(): string {
  return attempt(() => localStorage.getItem(KEY) ?? undefined) ?? "";
}

/** The token with which they signed in, in this window; none if they needed none. */
export function rememberedToken(): string | undefined {
  return attempt(() => sessionStorage.getItem(TOKEN) ?? undefined);
}

/** The user signed in. */
export function rememberUser(userId: string, token?: string): void {
  attempt(() => sessionStorage.setItem(KEY, userId));
  attempt(() => (token === undefined ? forgetToken() : sessionStorage.setItem(TOKEN, token)));
  attempt(() => localStorage.setItem(KEY, userId));
}

/** The user signed out, or was not let in. */
export function forgetUser(): void {
  attempt(() => sessionStorage.removeItem(KEY));
  attempt(forgetToken);
}

function forgetToken(): void {
  sessionStorage.removeItem(TOKEN);
}
