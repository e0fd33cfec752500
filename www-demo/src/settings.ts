/** What the user chose, on this device. */
import { stored } from "./stored.js";

const oneOf =
  <T extends string>(...values: T[]) =>
  (value: unknown): value is T =>
    values.includes(value as T);

/** The colours: those of the system, or one's own choice. */
export const theme = stored<"auto" | "light" | "dark">("theme", "auto", oneOf("auto", "light", "dark"));

/** The language: the browser's, or one's own choice. */
export const chosenLanguage = stored<"auto" | "en" | "zh">("language", "auto", oneOf("auto", "en", "zh"));

/** Whether to notify of messages that come while nobody looks; the browser must allow it, too. */
export const notify = stored("notify", false, (value): value is boolean => typeof value === "boolean");

/** Emoji that were picked lately, the latest first. */
export const recentEmoji = stored<readonly string[]>(
  "emoji",
  [],
  (value): value is string[] => Array.isArray(value) && value.every((one) => typeof one === "string"),
);
