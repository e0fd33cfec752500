import { useEffect } from "preact/hooks";
import { openPeer } from "../route.js";
import { phase, type Session, unreadCount } from "../session.js";
import { t } from "../texts.js";
import { Banner } from "./Banner.js";
import { ChatView } from "./ChatView.js";
import { ConversationList } from "./ConversationList.js";
import { KickedNotice } from "./KickedNotice.js";
import { SignIn } from "./SignIn.js";

/** The page. On a wide screen the list and a conversation stand side by side; on a phone one covers the other. */
export function App({ session }: { session: Session }) {
  const unread = unreadCount.value;
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) MobileIM` : "MobileIM";
  }, [unread]);

  const now = phase.value;
  if (now.at === "signed-out" || now.at === "signing-in") return <SignIn session={session} phase={now} />;
  const peer = openPeer.value;
  return (
    <div class={`app${peer === undefined ? "" : " in-chat"}`}>
      <Banner phase={now} />
      <main class="panes">
        <ConversationList session={session} userId={now.userId} />
        {peer === undefined ? (
          <section class="chat chat-none">
            <p>{t.pickChat}</p>
          </section>
        ) : (
          <ChatView key={peer} session={session} peer={peer} />
        )}
      </main>
      {now.at === "kicked" && <KickedNotice session={session} phase={now} />}
    </div>
  );
}
