import type { ComponentChildren, RefObject } from "preact";
import { useId } from "preact/hooks";
import { t } from "../texts.js";

/** Asks before something is done that cannot be undone. */
export function Confirm(props: {
  dialog: RefObject<HTMLDialogElement | null>;
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  children?: ComponentChildren;
}) {
  const { dialog, title, text, action, onConfirm, children } = props;
  const id = useId();
  return (
    <dialog
      class="dialog"
      ref={dialog}
      role="alertdialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
    >
      <form method="dialog" onSubmit={onConfirm}>
        <h2 id={`${id}-title`}>{title}</h2>
        <p id={`${id}-text`}>{text}</p>
        {children}
        <div class="dialog-buttons">
          <button class="button-plain" type="button" onClick={() => dialog.current?.close()}>
            {t.cancel}
          </button>
          <button class="button-primary button-danger" type="submit">
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
