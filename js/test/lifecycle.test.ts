import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchPage } from "../src/platform/lifecycle.js";

const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
const hints = { visible: vi.fn(), network: vi.fn(), resting: vi.fn() };

beforeEach(() => {
  const window = new EventTarget();
  page.visibilityState = "visible";
  vi.stubGlobal("document", page);
  for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"] as const) {
    vi.stubGlobal(name, window[name].bind(window));
  }
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

test("a page that is hidden, shown again, or comes back from the cache, is a hint", () => {
  const stop = watchPage(hints);
  expect(hints.visible).not.toHaveBeenCalled();
  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  page.visibilityState = "visible";
  page.dispatchEvent(new Event("visibilitychange"));
  dispatchEvent(new Event("pageshow"));
  expect(hints.visible.mock.calls).toEqual([[false], [true], [true]]);
  stop();
});

test.each([
  ["put into the back-forward cache and taken from it", globalThis, "pagehide", "pageshow"],
  ["frozen and resumed", page, "freeze", "resume"],
] as const)("a page that is %s says so", (_, target, rest, wake) => {
  const stop = watchPage(hints);
  target.dispatchEvent(new Event(rest));
  expect(hints.resting.mock.calls).toEqual([[true]]);
  target.dispatchEvent(new Event(wake));
  expect(hints.resting.mock.calls).toEqual([[true], [false]]);
  expect(hints.visible).toHaveBeenLastCalledWith(true);
  stop();
  target.dispatchEvent(new Event(rest));
  expect(hints.resting).toHaveBeenCalledTimes(2);
});

test("a page that is opened in the background says so", () => {
  page.visibilityState = "hidden";
  const stop = watchPage(hints);
  expect(hints.visible.mock.calls).toEqual([[false]]);
  stop();
});

test("the network going and coming is a hint, until nobody wants it any more", () => {
  const stop = watchPage(hints);
  dispatchEvent(new Event("offline"));
  dispatchEvent(new Event("online"));
  expect(hints.network.mock.calls).toEqual([[false], [true]]);
  stop();
  dispatchEvent(new Event("online"));
  page.dispatchEvent(new Event("visibilitychange"));
  expect(hints.network).toHaveBeenCalledTimes(2);
  expect(hints.visible).not.toHaveBeenCalled();
});

test("a worker has no page, and still a network", () => {
  vi.stubGlobal("document", undefined);
  const stop = watchPage(hints);
  dispatchEvent(new Event("online"));
  expect(hints.network).toHaveBeenCalledWith(true);
  stop();
});
