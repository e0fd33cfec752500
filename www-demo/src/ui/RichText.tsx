import { pieces } from "../rich-text.js";

/** A text whose addresses can be followed. */
export function RichText({ text }: { text: string }) {
  return (
    <>
      {pieces(text).map(({ text, href }) =>
        href === undefined ? (
          text
        ) : (
          <a href={href} target="_blank" rel="noopener noreferrer nofollow">
            {text}
          </a>
        ),
      )}
    </>
  );
}
