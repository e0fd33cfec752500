import { useEffect, useState } from "preact/hooks";
import { t } from "../texts.js";
import type { EmojiPicker } from "./EmojiPicker.js";
import { EmojiIcon } from "./icons.js";

/** Opens the emoji picker, which is loaded when it is wanted for the first time. */
export function EmojiButton(props: { onPick: (emoji: string) => void; onClose: () => void }) {
  const { onPick, onClose } = props;
  const [Picker, setPicker] = useState<{ component: typeof EmojiPicker }>();

  const close = () => {
    setPicker(undefined);
    onClose();
  };
  const toggle = async () => {
    if (Picker) return close();
    const { EmojiPicker: component } = await import("./EmojiPicker.js");
    setPicker({ component });
  };

  useEffect(() => {
    if (!Picker) return;
    const onPointerDown = (event: PointerEvent) => {
      const inside = (event.target as Element).closest(".composer");
      if (!inside) setPicker(undefined);
    };
    addEventListener("pointerdown", onPointerDown);
    return () => removeEventListener("pointerdown", onPointerDown);
  }, [Picker]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape, from whatever has the focus in it
    <div
      class="emoji-place"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !Picker) return;
        event.preventDefault();
        close();
      }}
    >
      <button
        class="button-icon"
        type="button"
        aria-label={t.emoji}
        title={t.emoji}
        aria-expanded={Picker !== undefined}
        onClick={() => void toggle()}
      >
        <EmojiIcon />
      </button>
      {Picker && <Picker.component onPick={onPick} />}
    </div>
  );
}
