import { useRef } from "preact/hooks";
import { shortly } from "../dates.js";
import type { Conversation } from "../history.js";
import { nameOf } from "../names.js";
import { openConversation, openPeer } from "../route.js";
import { conversations, type Session } from "../session.js";
import { t } from "../texts.js";
import { Avatar } from "./Avatar.js";
import { PlusIcon, SignOutIcon } from "./icons.js";
import { NewChat } from "./NewChat.js";
import { StatusIcon } from "./StatusIcon.js";

/** All conversations, and who is signed in. */
export function ConversationList({ session, userId }: { session: Session; userId: string }) {
  const newChat = useRef<HTMLDialogElement>(null);
  const showNewChat = () => newChat.current?.showModal();
  const signOut = () => {
    if (!session.hasUnsent || confirm(t.signOutUnsent)) void session.signOut();
  };

  return (
    <nav class="list" aria-label={t.chats}>
      <header class="bar">
        <Avatar userId={userId} />
        <div class="bar-title">
          <h1>{t.chats}</h1>
          <p>{userId}</p>
        </div>
        <button class="button-icon" type="button" onClick={signOut} aria-label={t.signOut} title={t.signOut}>
          <SignOutIcon />
        </button>
        <button
          class="button-icon button-icon-primary"
          type="button"
          onClick={showNewChat}
          aria-label={t.newChat}
          title={t.newChat}
        >
          <PlusIcon />
        </button>
      </header>
      {conversations.value.length === 0 ? (
        <div class="empty">
          <h2>{t.noChats}</h2>
          <p>{t.noChatsHint}</p>
          <button class="button-primary" type="button" onClick={showNewChat}>
            {t.newChat}
          </button>
        </div>
      ) : (
        <ul class="rows">
          {conversations.value.map((conversation) => (
            <Row key={conversation.peer} conversation={conversation} />
          ))}
        </ul>
      )}
      <NewChat dialog={newChat} />
    </nav>
  );
}

function Row({ conversation: { peer, entries, unread } }: { conversation: Conversation }) {
  const last = entries.at(-1);
  return (
    <li>
      <button
        class="row"
        type="button"
        aria-current={openPeer.value === peer}
        onClick={() => openConversation(peer)}
      >
        <Avatar userId={peer} />
        <span class="row-name">{nameOf(peer)}</span>
        <span class="row-time">{last && shortly(last.at)}</span>
        <span class="row-last">
          {last?.status && <StatusIcon status={last.status} />}
          {last?.text}
        </span>
        {unread > 0 && (
          <span class="badge">
            <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
            <span class="hidden">{t.unread(unread)}</span>
          </span>
        )}
      </button>
    </li>
  );
}
