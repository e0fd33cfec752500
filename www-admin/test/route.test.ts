import { beforeAll, expect, test, vi } from "vitest";

let route: typeof import("../src/route.js");

beforeAll(async () => {
  vi.stubGlobal("location", { hash: "" });
  vi.stubGlobal("addEventListener", () => {});
  route = await import("../src/route.js");
});

test("a place can be read from its address, whatever is in it", () => {
  for (const place of [
    { view: "users" },
    { view: "users", user: "a/b?c#d %" },
    { view: "groups", user: "#team/1" },
    { view: "messages", user: "小王", fp: "order/4711" },
  ] as const)
    expect(route.readAddress(route.addressOf(place))).toEqual(place);
});

test("an address that names nothing is the overview", () => {
  for (const hash of ["", "#", "#/nothing", "#/users%", "#//users"])
    expect(route.readAddress(hash)).toEqual({ view: "overview" });
});
