import { inLanguage } from "./language.js";
import { en } from "./texts/en.js";
import { zh } from "./texts/zh.js";

/** Every word that the page shows, in one language. */
export type Texts = typeof en;

/** The words to show. What reads one while it renders is rendered again when the language changes. */
export const t: Texts = inLanguage(en, zh);
