import { computed, signal } from "@preact/signals";
import { language } from "./language.js";
import { t } from "./texts.js";

const formats = computed(() => ({
  clock: new Intl.DateTimeFormat(language.value, { timeStyle: "short" }),
  weekday: new Intl.DateTimeFormat(language.value, { weekday: "long" }),
  date: new Intl.DateTimeFormat(language.value, { dateStyle: "medium" }),
  whole: new Intl.DateTimeFormat(language.value, { dateStyle: "full", timeStyle: "medium" }),
}));

const MINUTE = 60_000;
const DAY = 86_400_000;

/** The day that it is, as its first moment: what is rendered with it is rendered again at midnight. */
const today = signal(startOfDay(Date.now()));

/** Notices that it is another day. A device may sleep through midnight, so it looks once a minute. */
export function followDays(): void {
  setInterval(() => {
    today.value = startOfDay(Date.now());
  }, MINUTE);
}

/** Days that lie between two times, by the calendar. */
function daysBetween(earlier: number, later: number): number {
  // Rounded, as a day may have 23 or 25 hours.
  return Math.round((startOfDay(later) - startOfDay(earlier)) / DAY);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Whether two times are on one day. */
export function sameDay(a: number, b: number): boolean {
  return daysBetween(a, b) === 0;
}

/** The time of day. */
export function timeOfDay(at: number): string {
  return formats.value.clock.format(at);
}

/** Everything about a time, in words. */
export function whole(at: number): string {
  return formats.value.whole.format(at);
}

/** The day, in words where it is near. */
export function day(at: number, now: number = today.value): string {
  const days = daysBetween(at, now);
  if (days === 0) return t.today;
  if (days === 1) return t.yesterday;
  return days > 0 && days < 7 ? formats.value.weekday.format(at) : formats.value.date.format(at);
}

/** The time where it is today, else the day. */
export function shortly(at: number, now: number = today.value): string {
  return sameDay(at, now) ? timeOfDay(at) : day(at, now);
}
