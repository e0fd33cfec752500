import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Image } from "../image-message.js";
import { t } from "../texts.js";
import { CloseIcon } from "./icons.js";

const large = signal<Image | undefined>(undefined);

/** Shows an image as large as the page. */
export function showLarge(image: Image): void {
  large.value = image;
}

/** Where an image is shown large. Escape, or a click beside it, closes it. */
export function Lightbox() {
  const dialog = useRef<HTMLDialogElement>(null);
  const image = large.value;
  useEffect(() => {
    if (image) dialog.current?.showModal();
  }, [image]);
  const close = () => dialog.current?.close();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a dialog closes by Escape
    <dialog
      class="lightbox"
      ref={dialog}
      aria-label={image?.description || t.image}
      onClose={() => {
        large.value = undefined;
      }}
      onClick={(event) => {
        if (!(event.target as Element).closest("img, a")) close();
      }}
    >
      {image && (
        <>
          <button class="button-icon" type="button" aria-label={t.close} title={t.close} onClick={close}>
            <CloseIcon />
          </button>
          <img src={image.address} alt={image.description || t.image} referrerpolicy="no-referrer" />
          <p>
            {image.description}{" "}
            <a href={image.address} target="_blank" rel="noopener noreferrer nofollow">
              {t.openAddress}
            </a>
          </p>
        </>
      )}
    </dialog>
  );
}
