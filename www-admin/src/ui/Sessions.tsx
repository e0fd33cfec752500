import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useAction } from "../action.js";
import { ask } from "../api.js";
import { when } from "../format.js";
import { usePolled } from "../polled.js";
import { t } from "../texts.js";
import type { Sessions as Answer, Kicked, Session } from "../types.js";
import { Confirm } from "./Confirm.js";
import { Field } from "./Field.js";
import { Trouble } from "./Trouble.js";
import { Facts } from "./View.js";

const EVERY_MS = 3000;

/** A user's sessions, and their end. */
export function Sessions({ user }: { user: string }) {
  const path = ["users", user, "sessions"];
  const { data, error, again } = usePolled<Answer>({ path }, EVERY_MS);
  const action = useAction();
  const dialog = useRef<HTMLDialogElement>(null);
  // Which one is to end; all if none.
  const ending = useSignal<number | undefined>(undefined);
  const code = useSignal("2");
  const reason = useSignal("");
  const sessions = data?.sessions ?? [];

  const confirm = (id?: number) => {
    ending.value = id;
    dialog.current?.showModal();
  };
  const end = async () => {
    const query = { code: code.value.trim() || undefined, reason: reason.value.trim() || undefined };
    const which = ending.value === undefined ? path : [...path, String(ending.value)];
    const { kicked } = await ask<Kicked>({ method: "DELETE", path: which, query });
    again();
    return t.ended(kicked);
  };
  return (
    <section class="card">
      <div class="card-head">
        <h2>{t.sessions}</h2>
        {sessions.length > 0 && (
          <button class="button-second" type="button" disabled={action.isBusy} onClick={() => confirm()}>
            {t.endAll}
          </button>
        )}
      </div>
      <Trouble error={error} />
      <Trouble error={action.error} />
      {data !== undefined && sessions.length === 0 && <p class="hint">{t.noSessions}</p>}
      <ul class="things">
        {sessions.map((session) => (
          <li key={session.id}>
            <h3>{t.session(session.id)}</h3>
            <Facts facts={factsOf(session)} />
            <button
              class="button-second"
              type="button"
              disabled={action.isBusy}
              aria-label={`${t.endSession}: ${session.id}`}
              onClick={() => confirm(session.id)}
            >
              {t.endSession}
            </button>
          </li>
        ))}
      </ul>
      <Confirm
        dialog={dialog}
        title={t.endTitle(user)}
        text={t.endText}
        action={t.endIt}
        onConfirm={() => void action.run(end)}
      >
        <Field label={t.code} hint={t.codeHint} value={code} numeric />
        <Field label={t.reason} value={reason} />
      </Confirm>
    </section>
  );
}

function factsOf({ transport, tls, address, origin, since, lastHeard }: Session) {
  return [
    [t.facts.transport, tls ? `${transport}, ${t.withTls}` : transport],
    [t.facts.address, address],
    [t.facts.origin, origin],
    [t.facts.since, when(since)],
    [t.facts.lastHeard, when(lastHeard)],
  ] as const;
}
