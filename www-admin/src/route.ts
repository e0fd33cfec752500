/** The part of the address after `#`: what is shown. */
import { signal } from "@preact/signals";

/** The views, in the order of the menu. */
export const VIEWS = ["overview", "users", "groups", "messages", "events", "webhooks", "config"] as const;

export type View = (typeof VIEWS)[number];

/** A view, and in it a user, a group or a message. */
export interface Place {
  view: View;
  /** A user's id; a group's; a message's sender. */
  user?: string;
  /** A message's fingerprint. */
  fp?: string;
}

export const place = signal(readAddress(location.hash));

addEventListener("hashchange", () => {
  place.value = readAddress(location.hash);
});

/** The address of a place, for links. */
export function addressOf({ view, user, fp }: Place): string {
  const parts = [view, user, fp].filter((part) => part !== undefined);
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

/** Goes somewhere. */
export function go(to: Place): void {
  location.hash = addressOf(to);
}

/** What an address names; the overview if it names nothing. */
export function readAddress(hash: string): Place {
  try {
    const [view, user, fp] = hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
    const known = VIEWS.find((one) => one === view);
    if (known === undefined) return { view: "overview" };
    return { view: known, ...(user && { user }), ...(user && fp && { fp }) };
  } catch {
    return { view: "overview" };
  }
}
