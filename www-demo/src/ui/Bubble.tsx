import type { Entry } from "../archive/archive.js";
import { timeOfDay, whole } from "../dates.js";
import { readImage } from "../image-message.js";
import { nameOf } from "../names.js";
import { isEmoji } from "../rich-text.js";
import { MAILBOX_FULL, mayRetry } from "../session.js";
import { t } from "../texts.js";
import { ImageFrame } from "./ImageFrame.js";
import { MoreIcon } from "./icons.js";
import { RichText } from "./RichText.js";
import { StatusIcon } from "./StatusIcon.js";

/** One message. `together`: it goes on from the one before. */
export function Bubble(props: {
  entry: Entry;
  together: boolean;
  onRetry: (entry: Entry) => void;
  onMenu: (entry: Entry, anchor: HTMLElement) => void;
}) {
  const { entry, together, onRetry, onMenu } = props;
  const { text, at, status } = entry;
  const image = readImage(entry);
  const large = image === undefined && isEmoji(text);
  const kind = image ? " with-image" : large ? " large" : "";
  const side = status === undefined ? "theirs" : "mine";

  // A finger has no arrow keys, and no pointer that hovers.
  const onClick = (event: MouseEvent & { currentTarget: HTMLElement }) => {
    const touched = (event as unknown as PointerEvent).pointerType === "touch";
    if (touched && !(event.target as Element).closest("a, button")) onMenu(entry, event.currentTarget);
  };

  return (
    <article class={`message ${side}${together ? " together" : ""}`} data-status={status} tabIndex={-1}>
      <div class="bubble-line">
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the message does the same */}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: as above */}
        <div class={`bubble${kind}`} onClick={onClick}>
          {entry.from !== undefined && !together && <span class="bubble-from">{nameOf(entry.from)}</span>}
          {image ? (
            <ImageFrame image={image} />
          ) : (
            <span class="bubble-text">{large ? text : <RichText text={text} />}</span>
          )}
          {image && image.description !== "" && <span class="bubble-text">{image.description}</span>}
          <span class="bubble-meta">
            <time dateTime={new Date(at).toISOString()} title={whole(at)}>
              {timeOfDay(at)}
            </time>
            {status && <StatusIcon status={status} />}
          </span>
        </div>
        <button
          class="button-icon button-more"
          type="button"
          tabIndex={-1}
          aria-label={t.actions}
          title={t.actions}
          onClick={(event) => onMenu(entry, event.currentTarget)}
        >
          <MoreIcon />
        </button>
      </div>
      {status === "failed" && <Failure entry={entry} onRetry={() => onRetry(entry)} />}
    </article>
  );
}

function Failure({ entry, onRetry }: { entry: Entry; onRetry: () => void }) {
  const full = entry.code === MAILBOX_FULL ? t.mailboxFull : undefined;
  const why = full ?? (entry.failure && t.failures[entry.failure]) ?? t.failed;
  if (!mayRetry(entry)) return <p class="failure">{why}</p>;
  return (
    <button class="failure" type="button" onClick={onRetry}>
      {why} · <u>{t.retry}</u>
    </button>
  );
}
