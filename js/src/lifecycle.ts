import type { Hints } from "./platform.js";

/** Watches the page's visibility and the network. In a worker, which has no page, only the network. */
export function watchPage(hints: Hints): () => void {
  const stops: (() => void)[] = [];
  const listen = (target: EventTarget | undefined, type: string, listener: () => void) => {
    target?.addEventListener(type, listener);
    stops.push(() => target?.removeEventListener(type, listener));
  };
  const page = globalThis.document as Document | undefined;
  const isVisible = () => page?.visibilityState !== "hidden";
  // Opened in a background tab.
  if (!isVisible()) hints.visible(false);
  listen(page, "visibilitychange", () => hints.visible(isVisible()));
  // Back from the back-forward cache, where the link was cut without a word.
  listen(globalThis, "pageshow", () => hints.visible(isVisible()));
  listen(globalThis, "online", () => hints.network(true));
  listen(globalThis, "offline", () => hints.network(false));
  return () => {
    for (const stop of stops) stop();
  };
}
