import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useAction } from "../action.js";
import { ask } from "../api.js";
import { bytes, when } from "../format.js";
import { usePolled } from "../polled.js";
import { addressOf } from "../route.js";
import { t } from "../texts.js";
import type { Purged, WaitingMessage, WaitingPage } from "../types.js";
import { Confirm } from "./Confirm.js";
import { Trouble } from "./Trouble.js";
import { Facts } from "./View.js";

const EVERY_MS = 5000;
/** How many are shown at a time. */
const PAGE = 50;

/** What is stored for a user. */
export function Waiting({ user }: { user: string }) {
  const path = ["users", user, "waiting"];
  // Behind which message each page begins but the first, up to the one that is shown.
  const pages = useSignal<readonly number[]>([]);
  const heading = useRef<HTMLHeadingElement>(null);
  const text = useSignal(false);
  const query = { after: pages.value.at(-1), limit: PAGE, text: text.value || undefined };
  const asked = usePolled<WaitingPage>({ path, query }, EVERY_MS);
  const action = useAction();
  const dialog = useRef<HTMLDialogElement>(null);
  // What is to be removed; all if none.
  const removing = useSignal<WaitingMessage | undefined>(undefined);
  const messages = asked.data?.messages ?? [];

  const turnTo = (next: readonly number[]) => {
    pages.value = next;
    // Where the list begins: the button may be gone.
    heading.current?.focus();
  };
  const next = asked.data?.next;

  const confirm = (message?: WaitingMessage) => {
    removing.value = message;
    dialog.current?.showModal();
  };
  const purge = async () => {
    const { from, fp } = removing.value ?? {};
    const { purged } = await ask<Purged>({ method: "DELETE", path, query: { from, fp } });
    asked.again();
    return t.purged(purged);
  };
  return (
    <section class="card">
      <div class="card-head">
        <h2 ref={heading} tabIndex={-1}>
          {t.waiting}
        </h2>
        <label class="check">
          <input
            type="checkbox"
            checked={text.value}
            onChange={(event) => {
              text.value = event.currentTarget.checked;
            }}
          />
          {t.showTexts}
        </label>
        {messages.length > 0 && (
          <button class="button-second" type="button" disabled={action.isBusy} onClick={() => confirm()}>
            {t.purgeAll}
          </button>
        )}
      </div>
      <p class="hint">{t.waitingText}</p>
      <Trouble error={asked.error} />
      <Trouble error={action.error} />
      {asked.data !== undefined && messages.length === 0 && (
        <p class="hint">{pages.value.length === 0 ? t.nothingWaits : t.nothingMoreWaits}</p>
      )}
      <ul class="things">
        {messages.map((message) => (
          <li key={`${message.from} ${message.fp}`}>
            <h3>{message.fp}</h3>
            {message.text !== undefined && <p class="message-text">{message.text}</p>}
            <Facts
              facts={[
                [t.from, message.from === "0" ? t.theServer : message.from],
                [t.storedAt, message.storedAt === null ? undefined : when(message.storedAt)],
                [t.size, bytes(message.bytes)],
                [t.typeu, message.typeu],
              ]}
            />
            <div class="buttons">
              <a
                class="button-second"
                href={addressOf({ view: "messages", user: message.from, fp: message.fp })}
                aria-label={`${t.explain}: ${message.fp}`}
              >
                {t.explain}
              </a>
              <button
                class="button-second"
                type="button"
                disabled={action.isBusy}
                aria-label={`${t.purge}: ${message.fp}`}
                onClick={() => confirm(message)}
              >
                {t.purge}
              </button>
            </div>
          </li>
        ))}
      </ul>
      {(pages.value.length > 0 || next !== undefined) && (
        <nav class="pages" aria-label={t.pages}>
          <button
            class="button-second"
            type="button"
            disabled={pages.value.length === 0}
            onClick={() => turnTo(pages.value.slice(0, -1))}
          >
            {t.previousPage}
          </button>
          <span role="status">{t.page(pages.value.length + 1)}</span>
          <button
            class="button-second"
            type="button"
            disabled={next === undefined}
            onClick={() => next !== undefined && turnTo([...pages.value, next])}
          >
            {t.nextPage}
          </button>
        </nav>
      )}
      <Confirm
        dialog={dialog}
        title={t.purgeTitle(user)}
        text={t.purgeText}
        action={t.purge}
        onConfirm={() => void action.run(purge)}
      />
    </section>
  );
}
