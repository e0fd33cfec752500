import { useSignal } from "@preact/signals";
import { usePolled } from "../polled.js";
import { go } from "../route.js";
import { t } from "../texts.js";
import type { Receiver } from "../types.js";
import { Field } from "./Field.js";
import { Receivers, SendForm } from "./SendForm.js";
import { Trouble } from "./Trouble.js";
import { View } from "./View.js";

const EVERY_MS = 2000;

/** What became of a message, and sending one. */
export function Messages({ from, fp }: { from: string | undefined; fp: string | undefined }) {
  const sender = useSignal(from ?? "0");
  const fingerprint = useSignal(fp ?? "");
  const receiver = useSignal("");
  const looked = useSignal("");
  return (
    <View title={t.views.messages}>
      <section class="card">
        <h2>{t.explainTitle}</h2>
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            looked.value = receiver.value.trim();
            go({ view: "messages", user: sender.value.trim(), fp: fingerprint.value.trim() });
          }}
        >
          <div class="side-by-side">
            <Field label={t.sender} hint={t.senderHint} value={sender} required />
            <Field label={t.fp} value={fingerprint} required />
            <Field label={t.receiver} hint={t.receiverHint} value={receiver} />
          </div>
          <button class="button-primary" type="submit">
            {t.look}
          </button>
        </form>
        {from !== undefined && fp !== undefined && <Became from={from} fp={fp} to={looked.value} />}
      </section>
      <section class="card">
        <h2>{t.sendTitle}</h2>
        <SendForm />
      </section>
    </View>
  );
}

function Became({ from, fp, to }: { from: string; fp: string; to: string }) {
  const request = { path: ["messages", from, fp], query: { to: to || undefined } };
  const { data, error } = usePolled<{ receivers: readonly Receiver[] }>(request, EVERY_MS);
  return (
    <div class="result" aria-live="polite">
      <h3>{fp}</h3>
      <Trouble error={error} />
      {data !== undefined &&
        (data.receivers.length === 0 ? <p>{t.nothingKnown}</p> : <Receivers receivers={data.receivers} />)}
    </div>
  );
}
