import type { Client } from "mobileim";
import { useState } from "preact/hooks";
import { notice } from "../announcements.js";
import { copy } from "../clipboard.js";
import { go } from "../route.js";
import { connection } from "../session.js";
import { t } from "../texts.js";
import { Pane } from "./Pane.js";

/** What the client has been through, to look at and to copy. */
export function Diagnostics({ client }: { client: Client }) {
  const [, again] = useState(0);
  // Read for each state that the connection comes to.
  const text = JSON.stringify({ state: connection.value, page: aboutPage() }, null, 2);
  return (
    <Pane title={t.diagnostics} onBack={() => go({ at: "settings" })}>
      <p class="pane-text">{t.diagnosticsText}</p>
      <div class="pane-buttons">
        <button
          class="button-primary"
          type="button"
          onClick={async () => notice((await copy(text)) ? t.copied : t.notCopied)}
        >
          {t.copyAll}
        </button>
        <button class="button-second" type="button" onClick={() => again((before) => before + 1)}>
          {t.refresh}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard has to be able to scroll it */}
      <section class="diagnostics" tabIndex={0} aria-label={t.diagnostics}>
        <pre>{text}</pre>
      </section>
    </Pane>
  );
}

function aboutPage() {
  return {
    at: new Date().toISOString(),
    browser: navigator.userAgent,
    network: navigator.onLine,
    visible: document.visibilityState,
  };
}
