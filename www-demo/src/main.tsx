import { effect } from "@preact/signals";
import { render } from "preact";
import { unreadCount } from "./chats.js";
import { findServer } from "./config.js";
import { followDays } from "./dates.js";
import { followUnread, tellWhoLooks } from "./notifications.js";
import { Session } from "./session.js";
import "./styles/index.css";
import { language } from "./language.js";
import { t } from "./texts.js";
import { followTheme } from "./theme.js";
import { App } from "./ui/App.js";
import { followViewport } from "./viewport.js";

const root = document.getElementById("app") as HTMLElement;

effect(() => {
  document.documentElement.lang = language.value;
});
followDays();
followTheme();
followViewport();
followUnread(() => unreadCount.value);
tellWhoLooks();

try {
  const session = await Session.create(await findServer());
  session.resume();
  render(<App session={session} />, root);
} catch (error) {
  render(<Broken />, root);
  throw error;
}

function Broken() {
  return (
    <main class="broken">
      <p>{t.failedToStart}</p>
      <button class="button-primary" type="button" onClick={() => location.reload()}>
        {t.reload}
      </button>
    </main>
  );
}
