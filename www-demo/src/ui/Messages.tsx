import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Entry } from "../archive/archive.js";
import type { Shown } from "../chats.js";
import { nameOf } from "../names.js";
import type { Session } from "../session.js";
import { t } from "../texts.js";
import { DownIcon } from "./icons.js";
import { MessageItems } from "./MessageItems.js";
import { MessageMenu, type Opened } from "./MessageMenu.js";

/** So near to the end, in pixels, the reader follows what arrives. */
const NEAR = 80;

/** So far from the beginning, in pixels, more is read. */
const AHEAD = "600px";

/** What was said, the latest at the bottom. It stays in sight unless the reader has scrolled up. */
export function Messages({ session, shown }: { session: Session; shown: Shown }) {
  const { peer, entries, more } = shown;
  const list = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  /** The message above which a line says that the new ones begin. */
  const [firstNew, setFirstNew] = useState(() => firstUnread(shown));
  const [missed, setMissed] = useState(0);
  const [away, setAway] = useState(false);
  const [menu, setMenu] = useState<Opened>();

  const toEnd = () => {
    following.current = true;
    setMissed(0);
    setAway(false);
    list.current?.scrollTo({ top: list.current.scrollHeight, behavior: "instant" });
  };

  // To what is new first, if there is so much of it that it does not fit.
  useLayoutEffect(() => {
    toEnd();
    const line = inner.current?.querySelector<HTMLElement>(".new-line");
    if (!line || !list.current) return;
    const hidden = list.current.getBoundingClientRect().top + 12 - line.getBoundingClientRect().top;
    if (hidden <= 0) return;
    following.current = false;
    list.current.scrollTop -= hidden;
  }, []);

  const last = entries.at(-1);
  const seen = useRef(last?.seq ?? 0);
  useLayoutEffect(() => {
    const came = entries.filter(({ seq }) => seq > seen.current);
    seen.current = last?.seq ?? 0;
    if (came.length === 0) return;
    // What one wrote oneself is always followed.
    if (last?.status !== undefined) {
      setFirstNew(undefined);
      return toEnd();
    }
    const looks = document.visibilityState === "visible";
    if (!looks || !following.current) setFirstNew((before) => before ?? came[0]?.seq);
    if (following.current) toEnd();
    else setMissed((before) => before + came.length);
  }, [last?.seq]);

  // Whoever comes back finds a line above what came meanwhile only.
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "hidden") setFirstNew(undefined);
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);

  // A phone's keyboard takes half of the room away; and what comes into sight gets its true height only then.
  useLayoutEffect(() => {
    const observer = new ResizeObserver(() => {
      if (following.current && list.current) list.current.scrollTop = list.current.scrollHeight;
    });
    if (list.current) observer.observe(list.current);
    if (inner.current) observer.observe(inner.current);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = list.current ?? {};
    const left = scrollHeight - scrollTop - clientHeight;
    following.current = left < NEAR;
    setAway(left > clientHeight);
    if (following.current) setMissed(0);
  };

  const onMenu = useCallback((entry: Entry, anchor: HTMLElement) => setMenu({ entry, anchor }), []);
  const onRetry = useCallback((entry: Entry) => void session.retry(entry), [session]);

  return (
    <div class="messages-place">
      {/* What comes is announced elsewhere: this one grows at its beginning, too. */}
      <div
        class="messages"
        ref={list}
        onScroll={onScroll}
        onKeyDown={(event) => walk(event, list.current, entries, onMenu)}
        role="log"
        aria-live="off"
        aria-label={t.messages}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard has to be able to scroll it
        tabIndex={0}
      >
        <div class="messages-inner" ref={inner}>
          {more ? (
            <Older key={entries[0]?.seq} onReached={() => void session.showMore()} />
          ) : (
            <p class="messages-beginning">
              {entries.length === 0 ? t.noMessages(nameOf(peer)) : t.beginning(nameOf(peer))}
            </p>
          )}
          <MessageItems list={list} entries={entries} firstNew={firstNew} onRetry={onRetry} onMenu={onMenu} />
        </div>
      </div>
      {(missed > 0 || away) && (
        <button
          class={`to-end${missed > 0 ? " to-end-new" : ""}`}
          type="button"
          onClick={toEnd}
          aria-label={missed > 0 ? t.toEndNew(missed) : t.toEnd}
        >
          <DownIcon />
          {missed > 0 && <span aria-hidden="true">{missed > 99 ? "99+" : missed}</span>}
        </button>
      )}
      <MessageMenu session={session} opened={menu} onClose={() => setMenu(undefined)} />
    </div>
  );
}

/** Stands before the oldest message that was read, and tells when it comes near. */
function Older({ onReached }: { onReached: () => void }) {
  const element = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver(
      // A busy browser reports several changes at once, in their order.
      (changes) => {
        if (changes.at(-1)?.isIntersecting) onReached();
      },
      { root: element.current?.closest(".messages") ?? null, rootMargin: `${AHEAD} 0px` },
    );
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return (
    <p class="messages-beginning" ref={element}>
      {t.loadingOlder}
    </p>
  );
}

/** The first of the messages that were not looked at when the conversation was opened. */
function firstUnread({ entries, unread }: Shown): number | undefined {
  return unread === 0 ? undefined : entries.filter(({ status }) => status === undefined).at(-unread)?.seq;
}

/** Arrow keys lead from message to message, and Enter to what can be done with one. */
function walk(
  event: KeyboardEvent,
  list: HTMLElement | null,
  entries: readonly Entry[],
  onMenu: (entry: Entry, anchor: HTMLElement) => void,
): void {
  const all = [...(list?.querySelectorAll<HTMLElement>(".message") ?? [])];
  const here = event.target === list ? undefined : all.find((one) => one === event.target);
  const index = here ? all.indexOf(here) : all.length;
  const entry = entries[index];
  const steps: Partial<Record<string, HTMLElement | undefined>> = {
    ArrowUp: all[index - 1],
    ArrowDown: all[index + 1],
    Home: all[0],
    End: all.at(-1),
  };
  const next = here || event.target === list ? steps[event.key] : undefined;
  if (next) {
    event.preventDefault();
    next.focus();
  } else if (here && entry && (event.key === "Enter" || event.key === "ContextMenu")) {
    event.preventDefault();
    onMenu(entry, here);
  }
}
