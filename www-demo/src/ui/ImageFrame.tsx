import { useState } from "preact/hooks";
import type { Image } from "../image-message.js";
import { t } from "../texts.js";
import { BrokenImageIcon } from "./icons.js";
import { showLarge } from "./Lightbox.js";

/** An image in a place that has its size before the image is there, so that nothing jumps. */
export function ImageFrame({ image }: { image: Image }) {
  const { address, description } = image;
  const [state, setState] = useState<"loading" | "there" | "broken">("loading");
  if (state === "broken") {
    return (
      <a class="image-frame image-broken" href={address} target="_blank" rel="noopener noreferrer nofollow">
        <BrokenImageIcon />
        <strong>{t.imageBroken}</strong>
        <span>{address}</span>
      </a>
    );
  }
  return (
    <button
      class={`image-frame image-${state}`}
      type="button"
      aria-label={t.openImage(description || t.noDescription)}
      onClick={() => showLarge(image)}
    >
      <img
        src={address}
        alt=""
        loading="lazy"
        decoding="async"
        // Nobody's server need know where its image is looked at.
        referrerpolicy="no-referrer"
        onLoad={() => setState("there")}
        onError={() => setState("broken")}
      />
    </button>
  );
}
