import { timeOfDay } from "../dates.js";
import type { Entry } from "../history.js";
import { t } from "../texts.js";
import { StatusIcon } from "./StatusIcon.js";

/** One message. `together`: it goes on from the one before. */
export function Bubble({
  entry,
  together,
  onRetry,
}: {
  entry: Entry;
  together: boolean;
  onRetry: () => void;
}) {
  const { text, at, status, hopeless } = entry;
  const side = status === undefined ? "theirs" : "mine";
  return (
    <div class={`message ${side}${together ? " together" : ""}`} data-status={status}>
      <div class="bubble">
        <span class="bubble-text">{text}</span>
        <span class="bubble-meta">
          <time dateTime={new Date(at).toISOString()}>{timeOfDay(at)}</time>
          {status && <StatusIcon status={status} />}
        </span>
      </div>
      {status === "failed" &&
        (hopeless ? (
          <p class="failure">{t.hopeless}</p>
        ) : (
          <button class="failure" type="button" onClick={onRetry}>
            {t.retry}
          </button>
        ))}
    </div>
  );
}
