import { beforeEach, expect, test, vi } from "vitest";
import { Page } from "./support/page.js";

const isNumber = (value: unknown): value is number => typeof value === "number";
let page: Page;

beforeEach(() => {
  vi.resetModules();
  page = new Page();
});

const stored = async () => (await import("../src/stored.js")).stored("n", 7, isNumber);

test("what was stored is there again, and a change is stored", async () => {
  page.stored.set("mobileim-demo/n", "3");
  const value = await stored();
  expect(value.value).toBe(3);
  value.value = 4;
  expect(page.stored.get("mobileim-demo/n")).toBe("4");
});

test("nothing, or nonsense, is the initial value, and reading stores nothing", async () => {
  expect((await stored()).value).toBe(7);
  for (const nonsense of ["{broken", '"text"', "null"]) {
    page.stored.set("mobileim-demo/n", nonsense);
    expect((await stored()).value).toBe(7);
    expect(page.stored.get("mobileim-demo/n")).toBe(nonsense);
  }
});

test("what another tab stores is taken over, and not stored again", async () => {
  const value = await stored();
  page.storedElsewhere("mobileim-demo/n", "5");
  expect(value.value).toBe(5);
  page.storedElsewhere("mobileim-demo/n", null);
  expect(value.value).toBe(7);
  expect(page.stored.size).toBe(0);
});

test("a browser that stores nothing keeps the value while the page is open", async () => {
  const refuses = () => {
    throw new DOMException("not allowed");
  };
  vi.stubGlobal("localStorage", { getItem: refuses, setItem: refuses });
  const value = await stored();
  value.value = 8;
  expect(value.value).toBe(8);
});

test("each user has a draft for each conversation, and an empty one is none", async () => {
  const { draft, keepDraft, peersWithDraft } = await import("../src/drafts.js");
  keepDraft("alice", "bob", "Half a ");
  keepDraft("alice", "carol", "x");
  keepDraft("dave", "bob", "y");
  expect(draft("alice", "bob")).toBe("Half a ");
  expect(peersWithDraft("alice")).toEqual(["bob", "carol"]);
  keepDraft("alice", "carol", " ");
  expect(peersWithDraft("alice")).toEqual(["bob"]);
  expect(draft("dave", "carol")).toBe("");
});

test("an address names a conversation, a page, or the list", async () => {
  const { readAddress } = await import("../src/route.js");
  expect(readAddress("#/b%2Fob%20%E6%9D%8E")).toEqual({ at: "chat", peer: "b/ob 李" });
  expect(readAddress("#settings")).toEqual({ at: "settings" });
  expect(readAddress("#diagnostics")).toEqual({ at: "diagnostics" });
  for (const nonsense of ["", "#", "#/", "#/%E6", "#nowhere"])
    expect(readAddress(nonsense)).toEqual({ at: "list" });
});
