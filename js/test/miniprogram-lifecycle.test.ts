import { expect, test } from "vitest";
import { watchApp } from "../src/miniprogram/lifecycle.js";
import type { MiniProgramHost } from "../src/miniprogram/wx.js";
import { fakeWx } from "./support/fake-wx.js";

/** A host's life, which a test leads. */
function life() {
  const listeners = new Map<string, Set<(event: object) => void>>();
  const parts: Record<string, (listener: (event: object) => void) => void> = {};
  for (const event of ["AppShow", "AppHide", "NetworkStatusChange"]) {
    const set = new Set<(event: object) => void>();
    listeners.set(event, set);
    parts[`on${event}`] = (listener) => set.add(listener);
    parts[`off${event}`] = (listener) => set.delete(listener);
  }
  fakeWx(parts as Partial<MiniProgramHost>);
  return (event: string, detail: object = {}) => {
    for (const listener of listeners.get(event) ?? []) listener(detail);
  };
}

test("hints follow the app and the network, until nobody wants them", () => {
  const happen = life();
  const hints: string[] = [];
  const stop = watchApp({
    visible: (visible) => hints.push(`visible ${visible}`),
    network: (available) => hints.push(`network ${available}`),
    resting: () => {},
  });
  happen("AppHide");
  happen("AppShow", { scene: 1001 });
  happen("NetworkStatusChange", { isConnected: false, networkType: "none" });
  happen("NetworkStatusChange", { isConnected: true, networkType: "wifi" });
  const all = ["visible false", "visible true", "network false", "network true"];
  expect(hints).toEqual(all);
  stop();
  happen("AppShow");
  happen("AppHide");
  happen("NetworkStatusChange", { isConnected: true, networkType: "4g" });
  expect(hints).toEqual(all);
});
