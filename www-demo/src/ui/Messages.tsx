import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { day, sameDay } from "../dates.js";
import type { Entry } from "../history.js";
import { nameOf } from "../names.js";
import { t } from "../texts.js";
import { Bubble } from "./Bubble.js";
import { DownIcon } from "./icons.js";

/** Bubbles this close in time belong together. */
const TOGETHER = 5 * 60_000;

/** So near to the end, in pixels, the reader follows what arrives. */
const NEAR = 80;

/** What was said, the latest at the bottom. It stays in sight unless the reader has scrolled up. */
export function Messages(props: {
  peer: string;
  entries: readonly Entry[];
  onRetry: (entry: Entry) => void;
}) {
  const { peer, entries, onRetry } = props;
  const list = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [missed, setMissed] = useState(false);

  const toEnd = () => {
    following.current = true;
    setMissed(false);
    list.current?.scrollTo({ top: list.current.scrollHeight });
  };

  const last = entries.at(-1);
  useLayoutEffect(() => {
    // What one wrote oneself is always followed.
    if (following.current || last?.status === "sending") toEnd();
    else setMissed(true);
  }, [last?.fp]);

  // A phone's keyboard takes half of the room away.
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (following.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = list.current ?? {};
    following.current = scrollHeight - scrollTop - clientHeight < NEAR;
    if (following.current) setMissed(false);
  };

  return (
    <div class="messages-place">
      <div
        class="messages"
        ref={list}
        onScroll={onScroll}
        role="log"
        aria-label={t.messages}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard has to be able to scroll it
        tabIndex={0}
      >
        {entries.length === 0 && <p class="messages-empty">{t.noMessages(nameOf(peer))}</p>}
        {entries.map((entry, index) => (
          <MessageItem
            key={entry.fp + (entry.status ? "" : "<")}
            entry={entry}
            before={entries[index - 1]}
            onRetry={onRetry}
          />
        ))}
      </div>
      {missed && (
        <button class="to-end" type="button" onClick={toEnd}>
          <DownIcon /> {t.newMessages}
        </button>
      )}
    </div>
  );
}

function MessageItem(props: { entry: Entry; before: Entry | undefined; onRetry: (entry: Entry) => void }) {
  const { entry, before, onRetry } = props;
  const newDay = before === undefined || !sameDay(before.at, entry.at);
  const sameSide = (before?.status === undefined) === (entry.status === undefined);
  const together = before !== undefined && !newDay && sameSide && entry.at - before.at < TOGETHER;
  return (
    <>
      {newDay && <p class="day">{day(entry.at)}</p>}
      <Bubble entry={entry} together={together} onRetry={() => onRetry(entry)} />
    </>
  );
}
