import { useSignal } from "@preact/signals";
import { exactly, when } from "../format.js";
import { usePolled } from "../polled.js";
import { go } from "../route.js";
import { t } from "../texts.js";
import type { MessageState, MessageSteps } from "../types.js";
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

/** What became of a message, and each step of it that is remembered. */
function Became({ from, fp, to }: { from: string; fp: string; to: string }) {
  const path = ["messages", from, fp];
  const steps = usePolled<MessageSteps>({ path: [...path, "steps"] }, EVERY_MS);
  const receiver = to || onlyReceiver(steps.data?.steps ?? []);
  const state = usePolled<MessageState>({ path, query: { to: receiver } }, EVERY_MS);
  const isKnown = (state.data?.receivers.length ?? 0) > 0 || (steps.data?.steps.length ?? 0) > 0;
  return (
    <div class="result">
      <h3>{fp}</h3>
      <Trouble error={state.error ?? steps.error} />
      {state.data !== undefined && steps.data !== undefined && !isKnown && <p>{t.nothingKnown}</p>}
      <Receivers receivers={state.data?.receivers ?? []} />
      <Steps steps={steps.data?.steps ?? []} />
      {steps.data?.since !== undefined && <p class="hint">{t.rememberedSince(when(steps.data.since))}</p>}
    </div>
  );
}

/** Who it is for, if that is one user alone: whose store is looked into, too. */
function onlyReceiver(steps: MessageSteps["steps"]): string | undefined {
  const [first, ...others] = new Set(steps.map(({ to }) => to).filter((to) => to !== undefined));
  return others.length === 0 && first !== "0" ? first : undefined;
}

function Steps({ steps }: Pick<MessageSteps, "steps">) {
  if (steps.length === 0) return null;
  return (
    <>
      <h3>{t.steps}</h3>
      <ol class="steps">
        {steps.map((step) => (
          <li key={`${step.at} ${step.to} ${step.text}`}>
            <time dateTime={new Date(step.at).toISOString()}>{exactly(step.at)}</time>
            <span>
              {step.to !== undefined && <strong>{step.to === "0" ? t.theServer : step.to}</strong>}{" "}
              {t.step(step.step, step.text)}
              {step.session !== undefined && ` (${t.session(step.session)})`}
              {step.code !== undefined && ` (${step.code})`}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
