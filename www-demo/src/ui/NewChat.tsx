import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import { openConversation } from "../route.js";
import { t } from "../texts.js";

/** Asks whom to write to. */
export function NewChat({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  const [peer, setPeer] = useState("");

  const submit = () => {
    const name = peer.trim();
    if (name !== "") openConversation(name);
    setPeer("");
  };

  return (
    <dialog class="dialog" ref={dialog} aria-labelledby="new-chat-title" onClose={() => setPeer("")}>
      <form method="dialog" onSubmit={submit}>
        <h2 id="new-chat-title">{t.newChat}</h2>
        <label for="peer">{t.newChatHint}</label>
        <input
          id="peer"
          class="field"
          placeholder={t.userIdHint}
          value={peer}
          onInput={(event) => setPeer(event.currentTarget.value)}
          required
          maxLength={64}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="go"
        />
        <div class="dialog-buttons">
          <button class="button-plain" type="button" onClick={() => dialog.current?.close()}>
            {t.cancel}
          </button>
          <button class="button-primary" type="submit" disabled={peer.trim() === ""}>
            {t.startChat}
          </button>
        </div>
      </form>
    </dialog>
  );
}
