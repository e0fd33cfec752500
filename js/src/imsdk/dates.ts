/**
 * A date as text, in local time.
 *
 * In the pattern, runs of `y M d h H m s q S` stand for year, month, day, hour of 24 (twice), minute, second, quarter
 * and milliseconds; a longer run has leading zeros, and `yy` is the end of the year. All else stays as it is.
 *
 * @param time - a date, or the ms since 1970
 */
export function formatDate(time: Date | number, pattern: string): string {
  const date = new Date(time);
  const parts: Record<string, number> = {
    y: date.getFullYear(),
    M: date.getMonth() + 1,
    d: date.getDate(),
    h: date.getHours(),
    H: date.getHours(),
    m: date.getMinutes(),
    s: date.getSeconds(),
    q: Math.floor(date.getMonth() / 3) + 1,
    S: date.getMilliseconds(),
  };
  return pattern.replace(/(y+|M+|d+|h+|H+|m+|s+|q+|S+)/g, (run) => {
    const text = String(parts[run.charAt(0)]).padStart(run.length, "0");
    return run === "yy" ? text.slice(-2) : text;
  });
}
