import { computed } from "@preact/signals";
import { chosenLanguage } from "./settings.js";

const browsers = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

/** The language of the page, as HTML and `Intl` call it. */
export const language = computed<"en" | "zh-CN">(() => {
  const chosen = chosenLanguage.value === "auto" ? browsers : chosenLanguage.value;
  return chosen === "zh" ? "zh-CN" : "en";
});

/** The words to show. What reads one while it renders is rendered again when the language changes. */
export function inLanguage<T extends object>(en: T, zh: T): T {
  return new Proxy(en, { get: (_, name) => (language.value === "en" ? en : zh)[name as keyof T] });
}
