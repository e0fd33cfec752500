import type { Ref } from "preact";
import type { SignInKind } from "../config.js";
import { t } from "../texts.js";

/** The field for what is asked for beside a name; none if that is nothing. */
export function Secret({
  kind,
  value,
  onInput,
  busy,
  field = null,
}: {
  kind: SignInKind;
  value: string;
  onInput(value: string): void;
  busy: boolean;
  field?: Ref<HTMLInputElement>;
}) {
  if (kind === "name") return null;
  return (
    <>
      <label for="secret">{t.secrets[kind]}</label>
      <input
        // What was typed for the one is not the other.
        key={kind}
        id="secret"
        ref={field}
        class="field"
        type="password"
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
        readOnly={busy}
        required
        autocomplete={kind === "password" ? "current-password" : "off"}
        autocapitalize="none"
        spellcheck={false}
        enterkeyhint="go"
      />
      {!isSecureContext && <p class="not-encrypted">{t.notEncrypted}</p>}
    </>
  );
}
