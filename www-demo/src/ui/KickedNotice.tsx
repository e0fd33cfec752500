import { useEffect, useRef } from "preact/hooks";
import type { Phase, Session } from "../session.js";
import { t } from "../texts.js";

/** Tells that the session was ended, and offers the way back. */
export function KickedNotice({ session, phase }: { session: Session; phase: Phase & { at: "kicked" } }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const elsewhere = phase.code === 1;

  return (
    <dialog
      class="dialog"
      ref={dialog}
      role="alertdialog"
      aria-labelledby="kicked-title"
      aria-describedby="kicked-text"
      // It needs an answer.
      onCancel={(event) => event.preventDefault()}
    >
      <h2 id="kicked-title">{elsewhere ? t.kickedTitle : t.removedTitle}</h2>
      <p id="kicked-text">{elsewhere ? t.kickedText(phase.userId) : t.removedText}</p>
      <div class="dialog-buttons">
        <button class="button-plain" type="button" onClick={() => void session.signOut()}>
          {t.signOut}
        </button>
        <button class="button-primary" type="button" onClick={() => void session.signInAgain()}>
          {t.signInHere}
        </button>
      </div>
    </dialog>
  );
}
