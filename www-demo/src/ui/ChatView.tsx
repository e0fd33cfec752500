import { useEffect } from "preact/hooks";
import * as history from "../history.js";
import { nameOf } from "../names.js";
import { closeConversation } from "../route.js";
import { conversations, type Session } from "../session.js";
import { t } from "../texts.js";
import { Avatar } from "./Avatar.js";
import { Composer } from "./Composer.js";
import { BackIcon } from "./icons.js";
import { Messages } from "./Messages.js";

/** One conversation. */
export function ChatView({ session, peer }: { session: Session; peer: string }) {
  const { entries, unread } = history.conversation(conversations.value, peer);

  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") session.markRead(peer);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [session, peer, unread]);

  return (
    <section class="chat" aria-label={t.conversationWith(nameOf(peer))}>
      <header class="bar">
        <button class="button-icon only-narrow" type="button" onClick={closeConversation} aria-label={t.back}>
          <BackIcon />
        </button>
        <Avatar userId={peer} />
        <div class="bar-title">
          <h1>{nameOf(peer)}</h1>
        </div>
      </header>
      <Messages peer={peer} entries={entries} onRetry={(entry) => session.retry(peer, entry)} />
      <Composer peer={peer} onSend={(text) => session.send(peer, text)} />
    </section>
  );
}
