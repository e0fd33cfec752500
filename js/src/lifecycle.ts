import type { Hints } from "./platform.js";

/** Watches the page's visibility and the network. In a worker, which has no page, only the network. */
export function watchPage(hints: Hints): () => void {
  const stops: (() => void)[] = [];
  const listen = (target: EventTarget | undefined, type: string, listener: () => void) => {
    target?.addEventListener(type, listener);
    stops.push(() => target?.removeEventListener(type, listener));
  };
  const page = globalThis.document as Document | undefined;
  listen(page, "visibilitychange", () => {
    if (page?.visibilityState === "visible") hints.visible();
  });
  // Back from the back-forward cache, where the link was cut without a word.
  listen(globalThis, "pageshow", () => hints.visible());
  listen(globalThis, "online", () => hints.network(true));
  listen(globalThis, "offline", () => hints.network(false));
  return () => {
    for (const stop of stops) stop();
  };
}
