import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useAction } from "../action.js";
import { ask } from "../api.js";
import { when } from "../format.js";
import { t } from "../texts.js";
import type { Revoked, TakenBack } from "../types.js";
import { Confirm } from "./Confirm.js";
import { Field } from "./Field.js";
import { Trouble } from "./Trouble.js";

/** Has the tokens refused that a user was given, or takes that back. */
export function Tokens({ user }: { user: string }) {
  const path = ["users", user, "revoke"];
  const action = useAction();
  const dialog = useRef<HTMLDialogElement>(null);
  // Tokens that were issued before this are refused, as far as this view knows.
  const before = useSignal<number | undefined>(undefined);
  const code = useSignal("2");
  const reason = useSignal("");

  const revoke = async () => {
    const body = {
      // What is no number is told as such.
      code: code.value.trim() === "" ? undefined : asNumber(code.value.trim()),
      reason: reason.value.trim() || undefined,
    };
    const revoked = await ask<Revoked>({ method: "POST", path, body });
    before.value = revoked.before;
    return t.revoked(revoked.kicked);
  };
  const takeBack = async () => {
    const { takenBack } = await ask<TakenBack>({ method: "DELETE", path });
    before.value = undefined;
    return takenBack ? t.takenBack : t.notRevoked;
  };
  return (
    <section class="card">
      <h2>{t.tokens}</h2>
      <p class="hint">{t.tokensText}</p>
      <Trouble error={action.error} />
      {before.value !== undefined && <p class="told">{t.revokedBefore(when(before.value))}</p>}
      <div class="buttons">
        <button
          class="button-second"
          type="button"
          disabled={action.isBusy}
          onClick={() => dialog.current?.showModal()}
        >
          {t.revoke}
        </button>
        <button
          class="button-second"
          type="button"
          disabled={action.isBusy}
          onClick={() => void action.run(takeBack)}
        >
          {t.takeBack}
        </button>
      </div>
      <Confirm
        dialog={dialog}
        title={t.revokeTitle(user)}
        text={t.revokeText}
        action={t.revokeThem}
        onConfirm={() => void action.run(revoke)}
      >
        <Field label={t.code} hint={t.codeHint} value={code} numeric />
        <Field label={t.reason} value={reason} />
      </Confirm>
    </section>
  );
}

function asNumber(text: string): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
