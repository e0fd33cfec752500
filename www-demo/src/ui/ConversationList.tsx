import { useRef, useState } from "preact/hooks";
import type { Conversation } from "../archive/archive.js";
import { conversations, ready } from "../chats.js";
import { peersWithDraft } from "../drafts.js";
import { nameOf } from "../names.js";
import { preview } from "../preview.js";
import { go, openConversation, place } from "../route.js";
import { t } from "../texts.js";
import { Avatar } from "./Avatar.js";
import { arrowKeys } from "./arrow-keys.js";
import { ConversationRow } from "./ConversationRow.js";
import { CloseIcon, PlusIcon, SearchIcon, SettingsIcon } from "./icons.js";
import { NewChat } from "./NewChat.js";

/** All conversations, and who is signed in. */
export function ConversationList({ userId }: { userId: string }) {
  const newChat = useRef<HTMLDialogElement>(null);
  const [words, setWords] = useState("");
  const showNewChat = () => newChat.current?.showModal();
  const all = withDrafts(conversations.value, userId);
  const found = all.filter((one) => matches(one, words));

  return (
    <nav class="list" aria-label={t.chats}>
      <header class="bar">
        <Avatar userId={userId} />
        <div class="bar-title">
          <h1>{t.chats}</h1>
          <p>{userId}</p>
        </div>
        <button
          class="button-icon button-settings"
          type="button"
          aria-label={t.settings}
          title={t.settings}
          aria-current={
            place.value.at === "settings" || place.value.at === "diagnostics" ? "page" : undefined
          }
          onClick={() => go({ at: "settings" })}
        >
          <SettingsIcon />
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
      {all.length > 0 && <Search words={words} onWords={setWords} first={found[0]} />}
      {ready.value && all.length === 0 && (
        <div class="empty">
          <h2>{t.noChats}</h2>
          <p>{t.noChatsHint}</p>
          <button class="button-primary" type="button" onClick={showNewChat}>
            {t.newChat}
          </button>
        </div>
      )}
      {all.length > 0 && found.length === 0 && (
        <p class="nothing-found" role="status">
          {t.nothingFound(words.trim())}
        </p>
      )}
      <ul class="rows" onKeyDown={arrowKeys(".row")}>
        {found.map((conversation, index) => (
          <ConversationRow
            key={conversation.peer}
            conversation={conversation}
            userId={userId}
            reachable={isOpen(conversation) || (index === 0 && !found.some(isOpen))}
          />
        ))}
      </ul>
      <NewChat dialog={newChat} />
    </nav>
  );
}

function Search(props: { words: string; onWords: (words: string) => void; first: Conversation | undefined }) {
  const { words, onWords, first } = props;
  const field = useRef<HTMLInputElement>(null);
  const clear = () => {
    onWords("");
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && words !== "") {
      event.preventDefault();
      clear();
    } else if (event.key === "Enter" && words.trim() !== "" && first) {
      openConversation(first.peer);
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      document.querySelector<HTMLElement>(".row")?.focus();
    }
  };
  return (
    <search class="search">
      <SearchIcon />
      <input
        ref={field}
        type="text"
        enterkeyhint="search"
        autocomplete="off"
        spellcheck={false}
        placeholder={t.search}
        aria-label={t.searchChats}
        value={words}
        onInput={(event) => onWords(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {words !== "" && (
        <button class="button-icon" type="button" aria-label={t.clearSearch} onClick={clear}>
          <CloseIcon />
        </button>
      )}
    </search>
  );
}

/** What was begun with somebody, and nothing sent yet, is not to be lost from sight. */
function withDrafts(all: readonly Conversation[], userId: string): readonly Conversation[] {
  const known = new Set(all.map(({ peer }) => peer));
  const begun = peersWithDraft(userId).filter((peer) => !known.has(peer));
  return [...begun.map((peer) => ({ peer, unread: 0 })), ...all];
}

function isOpen({ peer }: Conversation): boolean {
  return place.value.at === "chat" && place.value.peer === peer;
}

function matches({ peer, last }: Conversation, words: string): boolean {
  const wanted = words.trim().toLowerCase();
  const text = `${peer} ${nameOf(peer)} ${last ? preview(last) : ""}`;
  return text.toLowerCase().includes(wanted);
}
