import { computed } from "@preact/signals";
import { chosenLanguage } from "./settings.js";
import { en } from "./texts/en.js";
import { zh } from "./texts/zh.js";

/** Every word that the page shows, in one language. */
export type Texts = typeof en;

const browsers = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

/** The language of the page, as HTML and `Intl` call it. */
export const language = computed<"en" | "zh-CN">(() => {
  const chosen = chosenLanguage.value === "auto" ? browsers : chosenLanguage.value;
  return chosen === "zh" ? "zh-CN" : "en";
});

/** The words to show. What reads one while it renders is rendered again when the language changes. */
export const t: Texts = new Proxy(en, {
  get: (_, name) => (language.value === "en" ? en : zh)[name as keyof Texts],
});
