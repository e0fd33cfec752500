import { signal } from "@preact/signals";

/**
 * Whose conversation is open: the part of the address after `#`. On a phone it covers the list, and the back button
 * must close it; switching from one conversation to another is no step back.
 */
export const openPeer = signal(readAddress());

addEventListener("popstate", () => {
  openPeer.value = readAddress();
});

/** Opens a conversation. */
export function openConversation(peer: string): void {
  const address = `#/${encodeURIComponent(peer)}`;
  if (openPeer.value === undefined) history.pushState({ overList: true }, "", address);
  else history.replaceState(history.state, "", address);
  openPeer.value = peer;
}

/** Goes back to the list. */
export function closeConversation(): void {
  if (openPeer.value === undefined) return;
  if ((history.state as { overList?: boolean } | null)?.overList) {
    history.back();
  } else {
    history.replaceState(null, "", location.pathname + location.search);
    openPeer.value = undefined;
  }
}

function readAddress(): string | undefined {
  const [, peer] = /^#\/(.+)$/.exec(location.hash) ?? [];
  if (peer === undefined) return undefined;
  try {
    return decodeURIComponent(peer);
  } catch {
    return undefined;
  }
}
