import { useEffect, useRef } from "preact/hooks";
import { chosenLanguage, theme } from "../../../www-demo/src/settings.js";
import { Choice } from "../../../www-demo/src/ui/Choice.js";
import { CloseIcon, Logo, SettingsIcon } from "../../../www-demo/src/ui/icons.js";
import { announcement } from "../announcements.js";
import { trouble } from "../api.js";
import { key } from "../key.js";
import { addressOf, type Place, place, VIEWS } from "../route.js";
import { t } from "../texts.js";
import { Configuration } from "./Configuration.js";
import { Events } from "./Events.js";
import { GroupView } from "./Group.js";
import { Groups } from "./Groups.js";
import { Messages } from "./Messages.js";
import { Overview } from "./Overview.js";
import { SignIn } from "./SignIn.js";
import { inWords } from "./Trouble.js";
import { UserView } from "./User.js";
import { Users } from "./Users.js";
import { Webhooks } from "./Webhooks.js";

/** The page: a menu, and the view that it has chosen. */
export function App() {
  if (key.value === undefined) return <SignIn />;
  const here = place.value;
  return (
    <div class="admin">
      <Menu here={here} />
      <div class="main-place">
        <p class="trouble-bar" role="status">
          {trouble.value !== undefined && (
            <>
              <span class="spinner" aria-hidden="true" />
              {inWords(trouble.value)} {t.retrying}
            </>
          )}
        </p>
        <main class="main" key={addressOf(here)}>
          <Shown here={here} />
        </main>
      </div>
      <p class="passing" role="status">
        {announcement}
      </p>
    </div>
  );
}

function Shown({ here }: { here: Place }) {
  switch (here.view) {
    case "overview":
      return <Overview />;
    case "users":
      return here.user === undefined ? <Users /> : <UserView user={here.user} />;
    case "groups":
      return here.user === undefined ? <Groups /> : <GroupView group={here.user} />;
    case "messages":
      return <Messages from={here.user} fp={here.fp} />;
    case "events":
      return <Events />;
    case "webhooks":
      return <Webhooks />;
    case "config":
      return <Configuration />;
  }
}

function Menu({ here }: { here: Place }) {
  const preferences = useRef<HTMLDialogElement>(null);
  const menu = useRef<HTMLElement>(null);
  // On a phone there is no room for all of them.
  useEffect(() => {
    menu.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [here.view]);
  const signOut = () => {
    key.value = undefined;
  };
  return (
    <header class="menu-bar">
      <p class="brand">
        <Logo />
        <span>{t.admin}</span>
      </p>
      <nav class="views" aria-label={t.menu} ref={menu}>
        {VIEWS.map((view) => (
          <a
            key={view}
            href={addressOf({ view })}
            aria-current={here.view !== view ? undefined : here.user === undefined ? "page" : "true"}
          >
            {t.views[view]}
          </a>
        ))}
      </nav>
      <div class="menu-end">
        <button
          class="button-icon"
          type="button"
          aria-label={t.preferences}
          title={t.preferences}
          onClick={() => preferences.current?.showModal()}
        >
          <SettingsIcon />
        </button>
        <button class="button-plain" type="button" onClick={signOut}>
          {t.signOut}
        </button>
      </div>
      <dialog class="dialog preferences" ref={preferences} aria-label={t.preferences}>
        <form method="dialog">
          <button class="button-icon" type="submit" aria-label={t.close} title={t.close}>
            <CloseIcon />
          </button>
          <Choice title={t.language} options={t.languages} chosen={chosenLanguage} />
          <Choice title={t.theme} options={t.themes} chosen={theme} />
        </form>
      </dialog>
    </header>
  );
}
