import type { Hints } from "./platform.js";

/** Watches the page's life and the network. In a worker, which has no page, only the network. */
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
  const rest = () => hints.resting(true);
  const wake = () => {
    hints.resting(false);
    hints.visible(isVisible());
  };
  listen(page, "freeze", rest);
  listen(page, "resume", wake);
  // Into the back-forward cache, where links are cut without a word, and back.
  listen(globalThis, "pagehide", rest);
  listen(globalThis, "pageshow", wake);
  listen(globalThis, "online", () => hints.network(true));
  listen(globalThis, "offline", () => hints.network(false));
  return () => {
    for (const stop of stops) stop();
  };
}
