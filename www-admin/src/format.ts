/** Numbers and times, as the page's reader writes them. */
import { computed } from "@preact/signals";
import { language } from "../../www-demo/src/language.js";

const EXACT = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 } as const;

const formats = computed(() => ({
  whole: new Intl.NumberFormat(language.value, { maximumFractionDigits: 0 }),
  short: new Intl.NumberFormat(language.value, { maximumSignificantDigits: 3 }),
  compact: new Intl.NumberFormat(language.value, { notation: "compact", maximumSignificantDigits: 3 }),
  time: new Intl.DateTimeFormat(language.value, { timeStyle: "medium" }),
  exact: new Intl.DateTimeFormat(language.value, EXACT),
  exactDate: new Intl.DateTimeFormat(language.value, { ...EXACT, month: "short", day: "numeric" }),
  date: new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "medium" }),
}));

const KIB = 1024;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A whole number. */
export function count(value: number): string {
  return formats.value.whole.format(value);
}

/** A number with a few digits. */
export function short(value: number): string {
  return value >= 10_000 ? formats.value.compact.format(value) : formats.value.short.format(value);
}

/** An amount of bytes. */
export function bytes(value: number): string {
  let [left, unit] = [value, 0];
  while (left >= KIB && unit < UNITS.length - 1) [left, unit] = [left / KIB, unit + 1];
  return `${formats.value.short.format(left)} ${UNITS[unit]}`;
}

/** How long something took, in seconds. */
export function took(seconds: number): string {
  return seconds >= 1
    ? `${formats.value.short.format(seconds)} s`
    : `${formats.value.short.format(seconds * 1000)} ms`;
}

/** A length of time in its largest two units, such as `3 d 4 h`. */
export function lasting(seconds: number): string {
  const [s, m, h, d] = [1, 60, 3600, 86_400].map((unit) => Math.floor(seconds / unit)) as [
    number,
    number,
    number,
    number,
  ];
  if (d > 0) return `${d} d ${h % 24} h`;
  if (h > 0) return `${h} h ${m % 60} min`;
  return m > 0 ? `${m} min ${s % 60} s` : `${s} s`;
}

/** A time: of today without the day. */
export function when(at: number): string {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return (isToday ? formats.value.time : formats.value.date).format(at);
}

/** A time of day to the millisecond, with the day if it is not today. */
export function exactly(at: number): string {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return (isToday ? formats.value.exact : formats.value.exactDate).format(at);
}
