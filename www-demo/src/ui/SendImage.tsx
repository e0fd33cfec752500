import { useEffect, useRef, useState } from "preact/hooks";
import { type Image, imageAddress } from "../image-message.js";
import { t } from "../texts.js";
import { BrokenImageIcon, ImageIcon } from "./icons.js";

/** Asks for an image's address, and shows what is there. */
export function SendImage(props: { address: string; onClose: () => void; onSend: (image: Image) => void }) {
  const { onClose, onSend } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState(props.address);
  const [description, setDescription] = useState("");
  const address = imageAddress(text);
  // `https://` alone is not wrong yet.
  const wrong = address === undefined && text.trim() !== "" && !"https://".startsWith(text.trim());

  useEffect(() => dialog.current?.showModal(), []);

  const submit = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
    if (address === undefined) return;
    onSend({ address, description });
    dialog.current?.close();
  };

  return (
    <dialog
      class="dialog"
      ref={dialog}
      aria-labelledby="image-title"
      onClose={onClose}
      // A form cannot stand in another one, so this is none, and Enter is seen to here.
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.isComposing && event.target instanceof HTMLInputElement)
          submit(event);
      }}
    >
      <h2 id="image-title">{t.sendImage}</h2>
      <label for="image-address">{t.imageAddress}</label>
      <input
        id="image-address"
        class="field"
        type="url"
        inputMode="url"
        placeholder="https://"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        maxLength={2048}
        aria-invalid={wrong}
        aria-describedby="image-wrong"
      />
      <p id="image-wrong" class="wrong" role="status">
        {wrong && t.imageAddressWrong}
      </p>
      <Preview key={address} address={address} />
      <label for="image-description">{t.imageDescription}</label>
      <input
        id="image-description"
        class="field"
        placeholder={t.imageDescriptionHint}
        value={description}
        onInput={(event) => setDescription(event.currentTarget.value)}
        autocomplete="off"
        maxLength={200}
        enterkeyhint="send"
      />
      <div class="dialog-buttons">
        <button class="button-plain" type="button" onClick={() => dialog.current?.close()}>
          {t.cancel}
        </button>
        <button class="button-primary" type="button" disabled={address === undefined} onClick={submit}>
          {t.send}
        </button>
      </div>
    </dialog>
  );
}

/** What is at an address. */
function Preview({ address }: { address: string | undefined }) {
  const [broken, setBroken] = useState(false);
  return (
    <div class={`image-frame${broken ? " image-broken" : ""}`}>
      {address === undefined ? (
        <ImageIcon />
      ) : broken ? (
        <>
          <BrokenImageIcon />
          <strong role="status">{t.imageBroken}</strong>
        </>
      ) : (
        <img
          src={address}
          alt={t.imagePreview}
          referrerpolicy="no-referrer"
          onError={() => setBroken(true)}
        />
      )}
    </div>
  );
}
