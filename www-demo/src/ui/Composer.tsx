import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { draft, keepDraft } from "../drafts.js";
import { looksLikeImage, writeImage } from "../image-message.js";
import { nameOf } from "../names.js";
import { t } from "../texts.js";
import { EmojiButton } from "./EmojiButton.js";
import { ImageIcon, SendIcon } from "./icons.js";
import { SendImage } from "./SendImage.js";

/** Where one writes. Enter sends, Shift and Enter begin a new line. */
export function Composer(props: {
  userId: string;
  peer: string;
  onTyping: () => void;
  /** Resolves when the text is written down. */
  onSend: (text: string) => Promise<void>;
  onSendImage: (text: string) => void;
}) {
  const { userId, peer, onTyping, onSend, onSendImage } = props;
  const [text, setLocalText] = useState(() => draft(userId, peer));
  const setText = (now: string) => {
    setLocalText(now);
    keepDraft(userId, peer, now);
  };
  const field = useRef<HTMLTextAreaElement>(null);
  const [image, setImage] = useState<string>();

  // Before anything is painted, or it would take the focus away from where the user has gone meanwhile.
  useLayoutEffect(() => {
    // On a phone it would bring the keyboard up over what one came to read.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  // Another tab may have gone on with it, or sent it; but nobody wants their words changed while they write.
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") setLocalText(draft(userId, peer));
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [userId, peer]);

  const empty = text.trim() === "";
  const send = () => {
    if (empty) return;
    setLocalText("");
    // Until it is written down the draft stays: the page may be closed between the two.
    void onSend(text.trim()).then(() => {
      if (draft(userId, peer) === text) keepDraft(userId, peer, "");
    });
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter picks a word; Safari says so by the old key code only.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  const insert = (emoji: string) => {
    const element = field.current;
    if (element === null) return;
    element.setRangeText(emoji, element.selectionStart, element.selectionEnd, "end");
    setText(element.value);
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {looksLikeImage(text) && (
        <button class="suggestion" type="button" onClick={() => setImage(text.trim())}>
          <ImageIcon /> {t.sendAsImage}
        </button>
      )}
      <EmojiButton onPick={insert} onClose={() => field.current?.focus()} />
      <button
        class="button-icon"
        type="button"
        aria-label={t.sendImage}
        title={t.sendImage}
        onClick={() => setImage("")}
      >
        <ImageIcon />
      </button>
      <div class="growing">
        {/* What follows the text makes its last line break count. */}
        <div aria-hidden="true">{`${text}\u200b`}</div>
        <textarea
          ref={field}
          rows={1}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            onTyping();
          }}
          onKeyDown={onKeyDown}
          placeholder={t.message}
          aria-label={t.messageTo(nameOf(peer))}
          maxLength={8000}
          enterkeyhint="send"
        />
      </div>
      <button class="button-send" type="submit" disabled={empty} aria-label={t.send} title={t.send}>
        <SendIcon />
      </button>
      {image !== undefined && (
        <SendImage
          address={image}
          onClose={() => setImage(undefined)}
          onSend={(one) => {
            onSendImage(writeImage(one));
            if (image !== "") setText("");
          }}
        />
      )}
    </form>
  );
}
