import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Emitter } from "../src/client/emitter.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("a listener hears what it listens to until it is removed", () => {
  const emitter = new Emitter<{ number: number; text: string }>();
  const listener = vi.fn();
  const stop = emitter.on("number", listener);
  emitter.emit("text", "x");
  emitter.emit("number", 1);
  stop();
  emitter.emit("number", 2);
  expect(listener.mock.calls).toEqual([[1]]);
});

test("the same function added twice is called twice, and removed one by one", () => {
  const emitter = new Emitter<{ number: number }>();
  const listener = vi.fn();
  const stop = emitter.on("number", listener);
  emitter.on("number", listener);
  emitter.emit("number", 1);
  stop();
  emitter.emit("number", 2);
  expect(listener.mock.calls).toEqual([[1], [1], [2]]);
});

test("a listener that throws does not stop the others, and the host hears of it", () => {
  const emitter = new Emitter<{ number: number }>();
  const listener = vi.fn();
  emitter.on("number", () => {
    throw new Error("a listener's own fault");
  });
  emitter.on("number", listener);
  emitter.emit("number", 1);
  expect(listener).toHaveBeenCalledOnce();
  expect(() => vi.runAllTimers()).toThrow("a listener's own fault");
});
