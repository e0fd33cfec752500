import { useEffect, useState } from "preact/hooks";
import { t } from "../texts.js";
import { EmojiPicker } from "./EmojiPicker.js";
import { EmojiIcon } from "./icons.js";

/** Opens the emoji picker. */
export function EmojiButton(props: { onPick: (emoji: string) => void; onClose: () => void }) {
  const { onPick, onClose } = props;
  const [open, setOpen] = useState(false);

  const close = () => {
    setOpen(false);
    onClose();
  };

  useEffect(() => {
    if (!open) return;
    const onPointerDown = (event: PointerEvent) => {
      const inside = (event.target as Element).closest(".composer");
      if (!inside) setOpen(false);
    };
    addEventListener("pointerdown", onPointerDown);
    return () => removeEventListener("pointerdown", onPointerDown);
  }, [open]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape, from whatever has the focus in it
    <div
      class="emoji-place"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.preventDefault();
        close();
      }}
    >
      <button
        class="button-icon"
        type="button"
        aria-label={t.emoji}
        title={t.emoji}
        aria-expanded={open}
        onClick={() => (open ? close() : setOpen(true))}
      >
        <EmojiIcon />
      </button>
      {open && <EmojiPicker onPick={onPick} />}
    </div>
  );
}
