import { useEffect, useState } from "preact/hooks";
import { kept } from "../chats.js";
import { whole } from "../dates.js";
import { connection, missedSince, type Phase } from "../session.js";
import { t } from "../texts.js";

/** A moment's hiccup is not worth telling. */
const PATIENCE = 400;

/** Tells that the connection is down, and what that means; that messages are missing here; or that the browser keeps nothing. */
export function Banner({ phase }: { phase: Phase }) {
  const down = phase.at === "renewing" || (phase.at === "signed-in" && connection.value !== "online");
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!down) return setShown(false);
    const timer = setTimeout(() => setShown(true), PATIENCE);
    return () => clearTimeout(timer);
  }, [down]);

  return (
    <div class="banner-place" role="status">
      {down && shown && (
        <div class="banner">
          <span class="spinner" aria-hidden="true" />
          <span>
            <strong>{navigator.onLine ? title(phase) : t.noNetwork}</strong> {t.queued}
          </span>
        </div>
      )}
      {missedSince.value !== undefined && (
        <div class="banner">
          <span>{t.missed(whole(missedSince.value))}</span>
          <button class="banner-close" type="button" onClick={() => (missedSince.value = undefined)}>
            {t.close}
          </button>
        </div>
      )}
      {!kept.value && <div class="banner">{t.notKept}</div>}
    </div>
  );
}

function title(phase: Phase): string {
  // A page that was reloaded shows the chats before it was online for the first time.
  return phase.at === "signed-in" && phase.resumed && connection.value !== "waiting"
    ? t.connecting
    : t.reconnecting;
}
