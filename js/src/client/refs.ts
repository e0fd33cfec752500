/** What messages refer to. */
import { BOOLEAN, checkOptions, isObject, isText, type Kind, TEXT } from "./arguments.js";

/** A message that another one replies to. */
export interface ReplyTo {
  /** Its sender's user id. */
  from: string;
  /** Its fingerprint. */
  fp: string;
  /** Its number in the conversation, if it has one. */
  seq?: number;
}

/** What a message refers to. */
export interface Refs {
  /** The message that it replies to: a {@link Message} will do. */
  replyTo?: ReplyTo;
  /** The ids of the users whom it mentions, 100 at most: for each, the server counts such messages that are unread. */
  mentions?: string[];
  /** Whether it mentions all who read it. */
  mentionsAll?: boolean;
}

const SEQ: Kind = [(given) => Number.isSafeInteger(given) && (given as number) > 0, "a whole number above 0"];

export const REFS: { [K in keyof Refs]-?: Kind } = {
  replyTo: [isObject, "a message"],
  mentions: [
    (given) => Array.isArray(given) && given.length <= 100 && given.every(isText),
    "100 texts at most",
  ],
  mentionsAll: BOOLEAN,
};

/** Returns what a message refers to as the wire has it, checked; `undefined` for nothing. */
export function refsText({ replyTo, mentions = [], mentionsAll }: Refs): string | undefined {
  const refs: Refs = {};
  if (replyTo !== undefined) {
    const { from, fp, seq } = replyTo;
    checkOptions({ from: TEXT, fp: TEXT, seq: SEQ }, { from, fp: fp ?? null, seq });
    refs.replyTo = { from, fp, ...(seq && { seq }) };
  }
  if (mentions.length > 0) refs.mentions = mentions;
  if (mentionsAll) refs.mentionsAll = true;
  return Object.keys(refs).length > 0 ? JSON.stringify(refs) : undefined;
}

/** Returns what a message refers to, if the wire says it. */
export function refsIn(text: string | undefined): Refs {
  if (text === undefined) return {};
  try {
    return knownRefs(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Returns what this version knows of it. */
export function knownRefs({ replyTo, mentions, mentionsAll }: Refs): Refs {
  return { ...(replyTo && { replyTo }), ...(mentions && { mentions }), ...(mentionsAll && { mentionsAll }) };
}
