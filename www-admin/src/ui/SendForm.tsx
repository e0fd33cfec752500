import { useSignal } from "@preact/signals";
import { useId, useState } from "preact/hooks";
import { useAction } from "../action.js";
import { ask } from "../api.js";
import { addressOf } from "../route.js";
import { t } from "../texts.js";
import type { Message, Outcomes, Receiver, ReceiverState } from "../types.js";
import { whyInWords } from "../why.js";
import { Field } from "./Field.js";
import { Trouble } from "./Trouble.js";

/** Sends a message as the server; to one user, or to whom one names. */
export function SendForm({ to }: { to?: string }) {
  const id = useId();
  const receivers = useSignal("");
  const text = useSignal("");
  const typeu = useSignal("");
  const fp = useSignal("");
  const keep = useSignal(true);
  const [sent, setSent] = useState<Outcomes>();
  const action = useAction();

  const send = async () => {
    setSent(undefined);
    const body: Message = {
      to: to === undefined ? named(receivers.value) : [to],
      text: text.value,
      class: keep.value ? "kept" : "fleeting",
      typeu: typeu.value.trim() === "" ? -1 : Number(typeu.value),
      // So that it is known what became of it, in most cases.
      wait: 1000,
      ...(fp.value.trim() !== "" && { fp: fp.value.trim() }),
    };
    const answer = await ask<Outcomes>({ method: "POST", path: ["messages"], body });
    setSent(answer);
    return t.sentIt(answer.fp);
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void action.run(send);
      }}
    >
      {to === undefined && (
        <Field label={t.to} hint={t.toHint} value={receivers} required maxLength={10_000} />
      )}
      <div class="labelled">
        <label for={`${id}-text`}>{t.text}</label>
        <textarea
          id={`${id}-text`}
          class="field"
          rows={3}
          required
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </div>
      <div class="side-by-side">
        <Field label={t.typeu} value={typeu} numeric maxLength={11} />
        <Field label={t.fp} hint={t.fpHint} value={fp} />
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={keep.value}
          onChange={(event) => {
            keep.value = event.currentTarget.checked;
          }}
        />
        {t.keep}
      </label>
      <Trouble error={action.error} />
      <button class="button-primary" type="submit" disabled={action.isBusy}>
        {t.send}
      </button>
      {sent !== undefined && (
        <div class="result">
          <p>
            {t.fp}: <a href={addressOf({ view: "messages", user: "0", fp: sent.fp })}>{sent.fp}</a>
          </p>
          <Receivers receivers={sent.receivers} />
        </div>
      )}
    </form>
  );
}

/** What became of a message, for each receiver. */
export function Receivers({ receivers }: { receivers: readonly (Receiver & Pick<ReceiverState, "why">)[] }) {
  return (
    <ul class="receivers">
      {receivers.map(({ user, outcome, repeated, maxLength, why }) => (
        <li key={user}>
          <a href={addressOf({ view: "users", user })}>{user}</a>{" "}
          <span class={`outcome outcome-${outcome}`}>{t.outcome(outcome)}</span>
          {repeated === true && ` (${t.outcome("repeated")})`}
          {maxLength !== undefined && ` (${maxLength})`}
          {why !== undefined && <p class="why">{whyInWords(why)}</p>}
        </li>
      ))}
    </ul>
  );
}

/** Ids that commas or spaces separate. */
function named(text: string): string[] {
  return text.split(/[\s,，]+/).filter((user) => user !== "");
}
