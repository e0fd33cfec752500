/** Why a message is not with its receiver, in the reader's language. */
import { count, exactly } from "./format.js";
import { t } from "./texts.js";
import type { Why } from "./types.js";

/** What a sentence about it may have in it. */
export interface WhyFacts {
  since: string;
  againAt: string;
  lastHeard: string;
  session: number | undefined;
  tries: number;
}

/** Says why. What the page has no words for, it says as the server does. */
export function whyInWords(why: Why): string {
  const words = t.reasons[why.reason];
  if (words === undefined) return why.text;
  const time = (at: number | undefined) => (at === undefined ? "?" : exactly(at));
  const facts: WhyFacts = {
    since: time(why.since),
    againAt: time(why.againAt),
    lastHeard: time(why.lastHeard),
    session: why.session,
    tries: why.tries ?? 1,
  };
  const sentences = [words(facts)];
  if (why.before !== undefined) sentences.push(t.before(count(why.before), why.moreBefore === true));
  if (why.expiresAt !== undefined) sentences.push(t.expiresAt(exactly(why.expiresAt)));
  return sentences.join(t.betweenSentences);
}
