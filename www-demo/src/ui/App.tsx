import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { announcement, passing } from "../announcements.js";
import { leave, type Place, place } from "../route.js";
import { phase, type Session } from "../session.js";
import { t } from "../texts.js";
import { Banner } from "./Banner.js";
import { ChatView } from "./ChatView.js";
import { ConversationList } from "./ConversationList.js";
import { Diagnostics } from "./Diagnostics.js";
import { ExpiredNotice } from "./ExpiredNotice.js";
import { Logo } from "./icons.js";
import { KickedNotice } from "./KickedNotice.js";
import { Settings } from "./Settings.js";
import { SignIn } from "./SignIn.js";

/** The page. On a wide screen the list and a conversation stand side by side; on a phone one covers the other. */
export function App({ session }: { session: Session }) {
  const now = phase.value;
  const here = place.value;
  useFocus(here);
  useKeys();
  if (now.at === "signed-out" || now.at === "signing-in") return <SignIn session={session} phase={now} />;
  return (
    <div class={`app${here.at === "list" ? "" : " in-chat"}`}>
      <Banner phase={now} />
      <main class="panes">
        <ConversationList userId={now.userId} />
        {here.at === "chat" && (
          <ChatView key={here.peer} session={session} userId={now.userId} peer={here.peer} />
        )}
        {here.at === "settings" && <Settings session={session} userId={now.userId} />}
        {here.at === "diagnostics" && <Diagnostics client={session.client} />}
        {here.at === "list" && (
          <section class="chat chat-none">
            <Logo />
            <p>{t.pickChat}</p>
          </section>
        )}
      </main>
      {now.at === "expired" && <ExpiredNotice session={session} phase={now} />}
      {now.at === "kicked" && <KickedNotice session={session} phase={now} />}
      <p class="hidden" aria-live="polite">
        {announcement}
      </p>
      <p class="passing" role="status">
        {passing}
      </p>
    </div>
  );
}

/** Where one comes from decides where the keyboard goes on when a place is left. */
function useFocus(here: Place): void {
  const before = useRef(here);
  useLayoutEffect(() => {
    const from = before.current;
    before.current = here;
    if (here.at !== "list" || from.at === "list") return;
    const left = from.at === "chat" ? `.row[data-peer="${CSS.escape(from.peer)}"]` : ".button-settings";
    document.querySelector<HTMLElement>(left)?.focus();
  }, [here]);
}

/** Escape goes back, Ctrl K searches. */
function useKeys(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      // What is open above the page takes its keys first.
      if (document.querySelector("dialog[open], :popover-open") !== null) return;
      if (event.key === "Escape") leave();
      if ((event.ctrlKey || event.metaKey) && event.key === "k") {
        event.preventDefault();
        document.querySelector<HTMLElement>(".search input")?.focus();
      }
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}
