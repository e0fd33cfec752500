/**
 * Who uses this page. Through a reload they stay signed in, which only this window knows; in another window the sign-in
 * page proposes them, as one may want to be somebody else there.
 */
import { attempt } from "./stored.js";

const KEY = "mobileim-demo/user";

/** Who is signed in, in this window. */
export function signedInUser(): string | undefined {
  return attempt(() => sessionStorage.getItem(KEY) ?? undefined);
}

/** Who signed in last, in any window. */
export function lastUser(): string {
  return attempt(() => localStorage.getItem(KEY) ?? undefined) ?? "";
}

/** The user signed in. */
export function rememberUser(userId: string): void {
  attempt(() => sessionStorage.setItem(KEY, userId));
  attempt(() => localStorage.setItem(KEY, userId));
}

/** The user signed out, or was not let in. */
export function forgetUser(): void {
  attempt(() => sessionStorage.removeItem(KEY));
}
