import { useEffect, useRef } from "preact/hooks";
import { conversations, shown } from "../chats.js";
import { keepDraft } from "../drafts.js";
import { nameOf } from "../names.js";
import { leave } from "../route.js";
import type { Session } from "../session.js";
import { t } from "../texts.js";
import { typing } from "../typing.js";
import { Avatar } from "./Avatar.js";
import { Composer } from "./Composer.js";
import { DeleteChat } from "./DeleteChat.js";
import { BackIcon, DeleteIcon } from "./icons.js";
import { Lightbox } from "./Lightbox.js";
import { Messages } from "./Messages.js";

/** One conversation. */
export function ChatView({ session, userId, peer }: { session: Session; userId: string; peer: string }) {
  const unread = conversations.value.find((one) => one.peer === peer)?.unread ?? 0;
  const deleteChat = useRef<HTMLDialogElement>(null);
  const title = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    // On a phone the keyboard would come up over what one came to read; what was tapped is gone.
    if (!matchMedia("(pointer: fine)").matches) title.current?.focus();
    void session.show(peer);
    return () => {
      shown.value = undefined;
    };
  }, [session, peer]);

  const isShown = shown.value?.peer === peer;
  useEffect(() => {
    const look = () => {
      if (isShown && document.visibilityState === "visible") void session.markRead(peer);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [session, peer, unread, isShown]);

  return (
    <section class="chat" aria-label={t.conversationWith(nameOf(peer))}>
      <header class="bar">
        <button class="button-icon only-narrow" type="button" onClick={leave} aria-label={t.back}>
          <BackIcon />
        </button>
        <Avatar userId={peer} />
        <div class="bar-title">
          <h1 ref={title} tabIndex={-1}>
            {nameOf(peer)}
          </h1>
          {typing.value[peer] !== undefined && <p class="typing">{t.types(nameOf(typing.value[peer]))}</p>}
        </div>
        <button
          class="button-icon"
          type="button"
          aria-label={t.deleteChat}
          title={t.deleteChat}
          disabled={!conversations.value.some((one) => one.peer === peer)}
          onClick={() => deleteChat.current?.showModal()}
        >
          <DeleteIcon />
        </button>
      </header>
      {isShown && shown.value ? (
        <Messages session={session} shown={shown.value} />
      ) : (
        <div class="messages-place" aria-busy="true" />
      )}
      <Composer
        userId={userId}
        peer={peer}
        onTyping={() => session.typing(peer)}
        onSend={(text) => session.sendText(peer, text)}
        onSendImage={(text) => void session.sendImage(peer, text)}
      />
      <DeleteChat
        dialog={deleteChat}
        peer={peer}
        onDelete={() => {
          keepDraft(userId, peer, "");
          void session.clear(peer);
        }}
      />
      <Lightbox />
    </section>
  );
}
