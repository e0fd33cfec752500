/**
 * An image in a chat is its address, and perhaps a line that describes it, in a message of a type of its own: an
 * application that does not know the type shows something that one can read.
 */
import { webAddress } from "./rich-text.js";

/** The type (`typeu`) of a text. */
export const TEXT = -1;

/** The type (`typeu`) of an image. */
export const IMAGE = 2;

/** More than this is no address that anybody wants to follow. */
const LONGEST = 2048;

/** An image. */
export interface Image {
  address: string;
  /** What is to be seen, for those who do not see it; may be empty. */
  description: string;
}

/** The text of an image's message. */
export function writeImage({ address, description }: Image): string {
  const line = description.replaceAll(/\s+/g, " ").trim();
  return line === "" ? address : `${address}\n${line}`;
}

/** The image of a message; `undefined` where it is a text, or not the address of anything that may be shown. */
export function readImage({ text, typeu }: { text: string; typeu: number }): Image | undefined {
  if (typeu !== IMAGE) return undefined;
  const [first = "", ...rest] = text.split("\n");
  const address = imageAddress(first);
  return address === undefined ? undefined : { address, description: rest.join(" ").trim() };
}

/** The address as one may write it, if an image may be there: http or https. */
export function imageAddress(text: string): string | undefined {
  return text.length > LONGEST ? undefined : webAddress(text.trim());
}

/** Whether a text is nothing but an address that looks like that of an image. */
export function looksLikeImage(text: string): boolean {
  const address = /\s/.test(text.trim()) ? undefined : imageAddress(text);
  return address !== undefined && /\.(?:avif|gif|jpe?g|png|svg|webp)$/i.test(new URL(address).pathname);
}
