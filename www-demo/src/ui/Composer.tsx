import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { nameOf } from "../names.js";
import { t } from "../texts.js";
import { SendIcon } from "./icons.js";

/** What was begun and not sent, while the page is open. */
const drafts = new Map<string, string>();

/** Where one writes. Enter sends, Shift and Enter begin a new line. */
export function Composer({ peer, onSend }: { peer: string; onSend: (text: string) => void }) {
  const [text, setText] = useState(drafts.get(peer) ?? "");
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    // On a phone it would bring the keyboard up over what one came to read.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  useEffect(() => {
    drafts.set(peer, text);
  }, [peer, text]);

  useLayoutEffect(() => {
    const element = field.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const empty = text.trim() === "";
  const send = () => {
    if (empty) return;
    onSend(text.trim());
    setText("");
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter picks a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        placeholder={t.message}
        aria-label={t.messageTo(nameOf(peer))}
        maxLength={8000}
        enterkeyhint="send"
      />
      <button class="button-send" type="submit" disabled={empty} aria-label={t.send} title={t.send}>
        <SendIcon />
      </button>
    </form>
  );
}
