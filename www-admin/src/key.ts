/** The key that the API is asked with: this tab's alone, gone with it, never in an address or a cookie. */
import { signal } from "@preact/signals";
import { attempt } from "../../www-demo/src/stored.js";

const NAME = "mobileim-admin/key";

/** The key of whoever is signed in. */
export const key = signal(attempt(() => sessionStorage.getItem(NAME)) ?? undefined);

key.subscribe((now) => {
  attempt(() => (now === undefined ? sessionStorage.removeItem(NAME) : sessionStorage.setItem(NAME, now)));
});
