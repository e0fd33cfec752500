import { useEffect, useRef, useState } from "preact/hooks";
import { lastUser } from "../remembered.js";
import { connection, type Phase, type Session } from "../session.js";
import { chosenLanguage, theme } from "../settings.js";
import { t } from "../texts.js";
import { Choice } from "./Choice.js";
import { Logo } from "./icons.js";

/** The page before anybody is signed in. */
export function SignIn({ session, phase }: { session: Session; phase: Phase }) {
  const [userId, setUserId] = useState(lastUser);
  const field = useRef<HTMLInputElement>(null);
  const busy = phase.at === "signing-in";

  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  const submit = (event: Event) => {
    event.preventDefault();
    const name = userId.trim();
    if (name !== "" && !busy) void session.signIn(name);
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
          ref={field}
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
          enterkeyhint="go"
        />
        <button class="button-primary" type="submit" disabled={busy || userId.trim() === ""}>
          {busy ? t.signingIn : t.signIn}
        </button>
        <SignInStatus phase={phase} />
        {busy && (
          <button class="button-plain" type="button" onClick={() => void session.signOut()}>
            {t.cancel}
          </button>
        )}
        <section class="how">
          <h2>{t.howTitle}</h2>
          <ol>
            {t.how.map((step) => (
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

function SignInStatus({ phase }: { phase: Phase }) {
  let text = "";
  if (phase.at === "signing-in" && connection.value === "waiting") text = t.unreachable;
  if (phase.at === "signed-out" && phase.refused !== undefined) text = refusal(phase.refused);
  return (
    <p class="sign-in-status" role="status">
      {text}
    </p>
  );
}

function refusal(code: number | string): string {
  return code === 1025 || code === 1026 ? t.refused[code] : t.refused.other(code);
}
