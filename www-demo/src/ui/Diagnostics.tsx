import type { Client, LogEntry } from "mobileim";
import { useEffect, useState } from "preact/hooks";
import { notice } from "../announcements.js";
import { copy } from "../clipboard.js";
import { go } from "../route.js";
import { t } from "../texts.js";
import { Pane } from "./Pane.js";

/** What the client has been through, to look at and to copy. */
export function Diagnostics({ client }: { client: Client }) {
  const [, again] = useState(0);
  useEffect(() => client.on("log", () => again((before) => before + 1)), [client]);
  const { log, ...now } = client.diagnostics();
  const copyAll = async () => {
    const text = JSON.stringify({ ...client.diagnostics(), page: aboutPage() }, null, 2);
    notice((await copy(text)) ? t.copied : t.notCopied);
  };
  return (
    <Pane title={t.diagnostics} onBack={() => go({ at: "settings" })}>
      <p class="pane-text">{t.diagnosticsText}</p>
      <button class="button-primary" type="button" onClick={() => void copyAll()}>
        {t.copyAll}
      </button>
      <section class="card">
        <dl class="facts">
          {Object.entries(now).map(([name, value]) => (
            <div key={name}>
              <dt>{t.facts[name as keyof typeof now]}</dt>
              <dd>{value ?? "–"}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section class="card">
        <h2>{t.events}</h2>
        <ol class="events">
          {log.toReversed().map((entry, index) => (
            <Event key={log.length - index} entry={entry} />
          ))}
        </ol>
      </section>
    </Pane>
  );
}

function Event({ entry: { at, type, ...rest } }: { entry: LogEntry }) {
  return (
    <li>
      <time>{new Date(at).toTimeString().slice(0, 8)}</time> <strong>{type}</strong>{" "}
      {Object.entries(rest).map(([name, value]) => `${name} ${value} `)}
    </li>
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
