import { signal } from "@preact/signals";

/** What is open beside the list of conversations, or, on a phone, over it. */
export type Place =
  | { at: "list" }
  | { at: "chat"; peer: string }
  | { at: "settings" }
  | { at: "diagnostics" };

/**
 * The part of the address after `#`. The back button leads from a place to the list; switching from one conversation
 * to another is no step back.
 */
export const place = signal(readAddress(location.hash));

addEventListener("popstate", () => {
  place.value = readAddress(location.hash);
});

/** Goes somewhere. */
export function go(to: Place): void {
  const address = write(to);
  if (to.at === "list") {
    leave();
    return;
  }
  if (place.value.at === "list") history.pushState({ overList: true }, "", address);
  else history.replaceState(history.state, "", address);
  place.value = to;
}

/** Opens a conversation. */
export function openConversation(peer: string): void {
  go({ at: "chat", peer });
}

/** Goes back to the list. */
export function leave(): void {
  if (place.value.at === "list") return;
  // At once, as going back takes a while, and going back twice would leave the page.
  place.value = { at: "list" };
  if ((history.state as { overList?: boolean } | null)?.overList) history.back();
  else history.replaceState(null, "", location.pathname + location.search);
}

function write(to: Place): string {
  return to.at === "chat" ? `#/${encodeURIComponent(to.peer)}` : `#${to.at}`;
}

/** What an address names; the list where it names nothing. */
export function readAddress(hash: string): Place {
  if (hash === "#settings" || hash === "#diagnostics") return { at: hash.slice(1) as "settings" };
  const [, peer] = /^#\/(.+)$/.exec(hash) ?? [];
  try {
    return peer === undefined ? { at: "list" } : { at: "chat", peer: decodeURIComponent(peer) };
  } catch {
    return { at: "list" };
  }
}
