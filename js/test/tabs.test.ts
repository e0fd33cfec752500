import { expect, onTestFinished, test, vi } from "vitest";
import type { Output } from "../src/tabs/host.js";
import { Recent } from "../src/tabs/recent.js";
import type { Page } from "./support/world/page.js";
import { type Mutation, World } from "./support/world/world.js";

const SEEDS = 2000;

/** One seed, if it is replayed. */
const seeds = process.env.MOBILEIM_SEED
  ? [Number(process.env.MOBILEIM_SEED)]
  : Array.from({ length: SEEDS }, (_, index) => index + 1);

test("whatever happens to tabs, one leads, nobody is kicked, sends settle, and all show what any has shown", () => {
  for (const seed of seeds) {
    const world = new World(seed, process.env.MOBILEIM_TRACE ? traced() : undefined);
    expect(world.run(), `replay it with MOBILEIM_SEED=${seed} MOBILEIM_TRACE=1`).toEqual([]);
  }
}, 60_000);

/** Changes nothing, and prints it. */
function traced(): Mutation {
  return (page, output) => {
    const words = [page.world.time.now, page.name, page.tab.role, JSON.stringify(output)];
    process.stdout.write(`${words.join(" ")}\n`);
    return output;
  };
}

/** Returns what is wrong in the first world in which anything is. */
function wrongs(mutation?: () => Mutation): string {
  for (let seed = 1; seed <= 1000; seed++) {
    const wrong = new World(seed, mutation?.()).run();
    if (wrong.length > 0) return wrong.join("; ");
  }
  return "nothing";
}

/** Lets a page say or do something once, and not again. */
function once(keyOf: (output: Output) => string | undefined): Mutation {
  const done = new Map<Page, Set<string>>();
  return (page, output) => {
    const key = keyOf(output);
    if (key === undefined) return output;
    const keys = done.get(page) ?? new Set();
    done.set(page, keys);
    if (keys.has(key)) return undefined;
    keys.add(key);
    return output;
  };
}

const dropped =
  (...names: string[]): (() => Mutation) =>
  () =>
  (_, output) =>
    names.every((name, index) => output[index] === name) ? undefined : output;

test.each<[string, RegExp, () => Mutation]>([
  [
    "the leader does not tell what a tab missed",
    /misses|waits for/,
    () => (_, output) =>
      output[0] === "say" && output[1] === "leader"
        ? ([...output.slice(0, -1), undefined] as unknown as Output)
        : output,
  ],
  ["a leader that was deposed does not hand over what it received", /misses/, dropped("say", "found")],
  [
    "a new leader begins a login of its own",
    /kicked/,
    () => (_, output) => (output[0] === "login" ? ["login", output[1], 0] : output),
  ],
  ["no note is left for tabs that do not hear", /kicked|after the end/, dropped("note")],
  [
    "what was sent is not sent again",
    /waits for/,
    () => once((output) => (output[0] === "say" && output[1] === "send" ? output[2][4] : undefined)),
  ],
  ["a leader that was deposed keeps its session", /has the session|kicked|twice/, dropped("drop")],
  ["a logout is not told", /after the end/, dropped("say", "logout")],
])("the worlds find it when %s", (_, found, mutation) => {
  expect(wrongs(mutation)).toMatch(found);
});

test("the worlds find it when a message is not remembered as shown", () => {
  vi.spyOn(Recent.prototype, "isNew").mockReturnValue(true);
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  expect(wrongs()).toMatch(/twice/);
});
