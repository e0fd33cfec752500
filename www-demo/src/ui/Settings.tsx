import { useState } from "preact/hooks";
import { permission, wantNotifications } from "../notifications.js";
import { go, leave } from "../route.js";
import { connection, type Session } from "../session.js";
import { chosenLanguage, notify, theme } from "../settings.js";
import { t } from "../texts.js";
import { Avatar } from "./Avatar.js";
import { Choice } from "./Choice.js";
import { Pane } from "./Pane.js";

/** Who is signed in, and how they want the page to be. */
export function Settings({ session, userId }: { session: Session; userId: string }) {
  const signOut = async () => {
    if (!(await session.hasUnsent()) || confirm(t.signOutUnsent)) await session.signOut();
  };
  return (
    <Pane title={t.settings} onBack={leave}>
      <section class="card who">
        <Avatar userId={userId} />
        <div>
          <h2>{userId}</h2>
          <p>{connection.value === "online" ? t.online : t.reconnecting}</p>
        </div>
        <button class="button-plain" type="button" onClick={() => void signOut()}>
          {t.signOut}
        </button>
      </section>
      <section class="card">
        <Choice title={t.theme} options={t.themes} chosen={theme} />
        <Choice title={t.language} options={t.languages} chosen={chosenLanguage} />
        <Notifications />
      </section>
      <section class="card only-wide">
        <h2>{t.keyboard}</h2>
        <dl class="keys">
          {t.keys.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                {keys?.split(" ").map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section class="card">
        <h2>{t.server}</h2>
        <p class="server-address">{session.server}</p>
        <button class="button-second" type="button" onClick={() => go({ at: "diagnostics" })}>
          {t.diagnostics}
        </button>
      </section>
    </Pane>
  );
}

function Notifications() {
  const [allowed, setAllowed] = useState(permission);
  const on = notify.value && allowed === "granted";
  const change = async (wanted: boolean) => {
    await wantNotifications(wanted);
    setAllowed(permission());
  };
  return (
    <div class="switch">
      <label>
        <span>
          {t.notifications}
          <small>
            {allowed === "missing"
              ? t.notificationsMissing
              : allowed === "denied"
                ? t.notificationsDenied
                : t.notificationsText}
          </small>
        </span>
        <input
          type="checkbox"
          role="switch"
          checked={on}
          aria-checked={on}
          disabled={allowed === "missing" || allowed === "denied"}
          onChange={(event) => void change(event.currentTarget.checked)}
        />
      </label>
    </div>
  );
}
