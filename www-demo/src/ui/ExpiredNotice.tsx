import { useEffect, useRef, useState } from "preact/hooks";
import type { Phase, Session } from "../session.js";
import { t } from "../texts.js";
import { Refusal } from "./Refusal.js";
import { Secret } from "./Secret.js";

/** Asks whoever was signed in for what they signed in with, so that they go on where they are. */
export function ExpiredNotice({ session, phase }: { session: Session; phase: Phase & { at: "expired" } }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [secret, setSecret] = useState("");
  const kind = session.asks.value;
  const { userId, busy, refused } = phase;
  useEffect(() => dialog.current?.showModal(), []);

  const submit = (event: Event) => {
    event.preventDefault();
    if (secret !== "" && !busy) void session.renew(userId, secret);
  };

  return (
    <dialog
      class="dialog"
      ref={dialog}
      aria-labelledby="expired-title"
      aria-describedby="expired-text"
      // It needs an answer.
      onCancel={(event) => event.preventDefault()}
    >
      <form onSubmit={submit}>
        <h2 id="expired-title">{t.expiredTitle}</h2>
        <p id="expired-text">{t.expiredText(userId)}</p>
        {/* For the browser's own list of passwords. */}
        <input type="text" name="username" value={userId} autocomplete="username" readOnly hidden />
        <Secret kind={kind} value={secret} onInput={setSecret} busy={busy} />
        <p class="wrong" role="status">
          {refused !== undefined && <Refusal refused={refused} kind={kind} />}
        </p>
        <div class="dialog-buttons">
          <button class="button-plain" type="button" onClick={() => void session.signOut()}>
            {t.signOut}
          </button>
          <button class="button-primary" type="submit" disabled={busy || secret === ""}>
            {busy ? t.signingIn : t.signIn}
          </button>
        </div>
      </form>
    </dialog>
  );
}
