import { useEffect, useRef, useState } from "preact/hooks";
import { lastUser } from "../remembered.js";
import { connection, type Phase, type Session } from "../session.js";
import { chosenLanguage, theme } from "../settings.js";
import { t } from "../texts.js";
import { Choice } from "./Choice.js";
import { Logo } from "./icons.js";
import { Refusal } from "./Refusal.js";
import { Secret } from "./Secret.js";

/** The page before anybody is signed in. */
export function SignIn({ session, phase }: { session: Session; phase: Phase }) {
  const [userId, setUserId] = useState(lastUser);
  const [secret, setSecret] = useState("");
  const nameField = useRef<HTMLInputElement>(null);
  const secretField = useRef<HTMLInputElement>(null);
  const busy = phase.at === "signing-in";
  const kind = session.asks.value;
  const isComplete = userId.trim() !== "" && (kind === "name" || secret.trim() !== "");

  useEffect(() => {
    // Who was here before has only the secret to fill in; and again, where it was wrong.
    const field = (userId !== "" && secretField.current) || nameField.current;
    if (busy) return;
    field?.focus();
    field?.select();
  }, [busy, kind]);

  const submit = (event: Event) => {
    event.preventDefault();
    // A token that was pasted may have a line's end with it; a password is taken as it is.
    const given = kind === "token" ? secret.trim() : secret;
    if (isComplete && !busy) void session.signIn(userId.trim(), given);
  };

  return (
    <main class="sign-in">
      <form class="sign-in-card" onSubmit={submit}>
        <Logo />
        <h1>MobileIM</h1>
        <p class="tagline">{t.tagline}</p>
        <label for="user-id">{t.userId}</label>
        <input
          id="user-id"
          ref={nameField}
          class="field"
          placeholder={t.userIdHint}
          value={userId}
          onInput={(event) => setUserId(event.currentTarget.value)}
          readOnly={busy}
          required
          maxLength={64}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint={kind === "name" ? "go" : "next"}
        />
        <Secret kind={kind} value={secret} onInput={setSecret} busy={busy} field={secretField} />
        <button class="button-primary" type="submit" disabled={busy || !isComplete}>
          {busy ? t.signingIn : t.signIn}
        </button>
        <p class="sign-in-status" role="status">
          {phase.at === "signing-in" && connection.value === "waiting" && t.unreachable}
          {phase.at === "signed-out" && phase.refused !== undefined && (
            <Refusal refused={phase.refused} kind={kind} />
          )}
        </p>
        {busy && (
          <button class="button-plain" type="button" onClick={() => void session.signOut()}>
            {t.cancel}
          </button>
        )}
        {!busy && session.config.signIn === "password" && (
          <button
            class="button-plain"
            type="button"
            onClick={() => {
              session.asks.value = kind === "password" ? "token" : "password";
              setSecret("");
            }}
          >
            {kind === "password" ? t.useToken : t.usePassword}
          </button>
        )}
        <section class="how">
          <h2>{t.howTitle}</h2>
          <ol>
            {[t.how[kind], ...t.howOn].map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </section>
      </form>
      <footer class="sign-in-footer">
        <div class="sign-in-choices">
          <Choice title={t.language} options={t.languages} chosen={chosenLanguage} />
          <Choice title={t.theme} options={t.themes} chosen={theme} />
        </div>
        <p class="server">
          {t.server} <span>{session.server}</span>
        </p>
      </footer>
    </main>
  );
}
