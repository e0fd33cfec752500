import type { RefObject } from "preact";
import { nameOf } from "../names.js";
import { t } from "../texts.js";

/** Asks whether to delete a conversation. */
export function DeleteChat(props: {
  dialog: RefObject<HTMLDialogElement | null>;
  peer: string;
  onDelete: () => void;
}) {
  const { dialog, peer, onDelete } = props;
  return (
    <dialog
      class="dialog"
      ref={dialog}
      role="alertdialog"
      aria-labelledby="delete-title"
      aria-describedby="delete-text"
    >
      <form method="dialog" onSubmit={onDelete}>
        <h2 id="delete-title">{t.deleteChat}</h2>
        <p id="delete-text">{t.deleteChatText(nameOf(peer))}</p>
        <div class="dialog-buttons">
          <button class="button-plain" type="button" onClick={() => dialog.current?.close()}>
            {t.cancel}
          </button>
          <button class="button-primary button-danger" type="submit">
            {t.deleteIt}
          </button>
        </div>
      </form>
    </dialog>
  );
}
