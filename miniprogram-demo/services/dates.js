const t = require("./texts");

const two = (number) => `0${number}`.slice(-2);

/** The time of day, 24 hours. */
exports.time = (ms) => {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
};

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** Today, yesterday, or the date. */
exports.day = (ms, now = Date.now()) => {
  const date = new Date(ms);
  // Rounded, as a day may have 23 or 25 hours.
  const days = Math.round((startOfDay(new Date(now)) - startOfDay(date)) / 86_400_000);
  if (days === 0) return t.today;
  if (days === 1) return t.yesterday;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};

/** The time today, else the day: for a list. */
exports.brief = (ms) => (exports.day(ms) === t.today ? exports.time(ms) : exports.day(ms));
