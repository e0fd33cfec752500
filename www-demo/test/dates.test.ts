import { beforeEach, expect, test, vi } from "vitest";
import { Page } from "./support/page.js";

const at = (text: string) => new Date(text).getTime();

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal("navigator", { language: "en-US" });
  new Page();
});

test("a day is called by its nearness", async () => {
  const { day } = await import("../src/dates.js");
  const now = at("2026-11-21T09:00");
  expect(day(at("2026-11-21T00:01"), now)).toBe("Today");
  expect(day(at("2026-11-20T23:59"), now)).toBe("Yesterday");
  expect(day(at("2026-11-16T12:00"), now)).toBe("Monday");
  expect(day(at("2026-11-14T12:00"), now)).toBe("Nov 14, 2026");
});

test("at midnight, what was today is yesterday", async () => {
  vi.useFakeTimers({ now: at("2026-11-21T23:59:30") });
  const { day, followDays, shortly } = await import("../src/dates.js");
  followDays();
  const then = Date.now();
  expect([day(then), shortly(then)]).toEqual(["Today", "11:59 PM"]);
  vi.advanceTimersByTime(60_000);
  expect([day(then), shortly(then)]).toEqual(["Yesterday", "Yesterday"]);
  vi.useRealTimers();
});

test("the language that was chosen decides how times are written", async () => {
  const { chosenLanguage } = await import("../src/settings.js");
  const { day, timeOfDay } = await import("../src/dates.js");
  const now = at("2026-11-21T15:04");
  expect(timeOfDay(now).replace(/\s/u, " ")).toBe("3:04 PM");
  chosenLanguage.value = "zh";
  expect(timeOfDay(now)).toBe("15:04");
  expect([day(now, now), day(at("2026-11-14T12:00"), now)]).toEqual(["今天", "2026年11月14日"]);
});
