import { useEffect, useRef, useState } from "preact/hooks";
import { chosenLanguage, theme } from "../../../www-demo/src/settings.js";
import { Choice } from "../../../www-demo/src/ui/Choice.js";
import { Logo } from "../../../www-demo/src/ui/icons.js";
import { ApiError, askWith, trouble, wasRefused } from "../api.js";
import { key } from "../key.js";
import { t } from "../texts.js";
import { inWords } from "./Trouble.js";

/** Asks for a key. */
export function SignIn() {
  const [secret, setSecret] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (isBusy) return;
    field.current?.focus();
    field.current?.select();
  }, [isBusy]);

  const submit = async (event: Event) => {
    event.preventDefault();
    // What was pasted may have a line's end with it.
    const given = secret.trim();
    if (given === "" || isBusy) return;
    setBusy(true);
    setError(undefined);
    wasRefused.value = false;
    try {
      await askWith(given, { path: ["server"] });
      enter(given);
    } catch (error) {
      const told = error instanceof ApiError ? error : new ApiError(0, String(error));
      // It is a key, whatever it may do, and whatever the server can do now.
      if (told.status === 403 || told.status === 503) enter(given);
      else setError(told);
    }
    setBusy(false);
  };

  return (
    <main class="sign-in">
      <form class="sign-in-card" onSubmit={(event) => void submit(event)}>
        <Logo />
        <h1>{t.admin}</h1>
        <p class="tagline">{t.tagline}</p>
        <label for="key">{t.key}</label>
        <input
          id="key"
          ref={field}
          class="field"
          type="password"
          placeholder={t.keyHint}
          value={secret}
          onInput={(event) => setSecret(event.currentTarget.value)}
          readOnly={isBusy}
          required
          maxLength={256}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="go"
          aria-describedby="key-text sign-in-status"
        />
        {!isSecureContext && <p class="not-encrypted">{t.notEncrypted}</p>}
        <button class="button-primary" type="submit" disabled={isBusy || secret.trim() === ""}>
          {isBusy ? t.signingIn : t.signIn}
        </button>
        <p id="sign-in-status" class="sign-in-status" role="status">
          {error === undefined ? wasRefused.value && t.noKeyNow : refusal(error)}
        </p>
        <section class="how">
          <p id="key-text">{t.keyText}</p>
        </section>
      </form>
      <footer class="sign-in-footer">
        <div class="sign-in-choices">
          <Choice title={t.language} options={t.languages} chosen={chosenLanguage} />
          <Choice title={t.theme} options={t.themes} chosen={theme} />
        </div>
      </footer>
    </main>
  );
}

function enter(secret: string): void {
  trouble.value = undefined;
  key.value = secret;
}

function refusal(error: ApiError): string {
  if (error.status === 401) return t.noKey;
  return error.status === 404 ? t.noApi : inWords(error);
}
