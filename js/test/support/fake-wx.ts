import { onTestFinished, vi } from "vitest";
import type { MiniProgramHost } from "../../src/miniprogram/wx.js";

/** Puts a `wx` with these parts in place, until the test ends. */
export function fakeWx(parts: Partial<MiniProgramHost>): void {
  vi.stubGlobal("wx", parts);
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
}

/** A `wx` storage in memory. Its calls answer later, or fail. */
export class FakeStorage {
  readonly values = new Map<string, string>();
  /** The keys that were written, in order. */
  readonly written: string[] = [];
  full = false;
  /** Nothing can be removed. */
  stuck = false;
  unreadable = false;

  /** What it does for `wx`. */
  readonly parts: Partial<MiniProgramHost> = {
    getStorageInfo: ({ success }) => void setTimeout(() => success({ keys: [...this.values.keys()] })),
    getStorage: ({ key, success, fail }) =>
      void setTimeout(() => {
        if (this.unreadable) fail({ errMsg: "getStorage:fail" });
        else success({ data: JSON.parse(this.values.get(key) ?? "null") });
      }),
    setStorage: ({ key, data, success, fail }) => {
      const text = JSON.stringify(data);
      setTimeout(() => {
        if (this.full) {
          fail({ errMsg: "setStorage:fail quota exceeded" });
          return;
        }
        this.written.push(key);
        this.values.set(key, text);
        success();
      });
    },
    removeStorage: ({ key, success, fail }) =>
      void setTimeout(() => {
        if (this.stuck) {
          fail({ errMsg: "removeStorage:fail" });
          return;
        }
        this.values.delete(key);
        success();
      }),
  };

  keys(part: string): string[] {
    return [...this.values.keys()].filter((key) => key.includes(part));
  }
}
