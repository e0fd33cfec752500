import type { RefObject, VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Entry } from "../archive/archive.js";
import { day, sameDay } from "../dates.js";
import { t } from "../texts.js";
import { Bubble } from "./Bubble.js";

/** Bubbles this close in time belong together. */
const TOGETHER = 5 * 60_000;

/** What each of the messages is given. */
interface Actions {
  onRetry: (entry: Entry) => void;
  onMenu: (entry: Entry, anchor: HTMLElement) => void;
}

/** As many messages, about, are laid out together, or not at all. */
const STRETCH = 40;

/** The messages, with what stands between them, in stretches of which only those in sight are laid out. */
export function MessageItems(
  props: Actions & {
    list: RefObject<HTMLDivElement | null>;
    entries: readonly Entry[];
    firstNew: number | undefined;
  },
) {
  const { list, entries, firstNew, ...actions } = props;
  useSteadyScroll(list, entries[0]?.seq);
  // Preact leaves alone what is the very same as before: of two thousand messages, all but the one that changed.
  const cache = useRef(new WeakMap<Entry, { how: string; item: VNode }>());
  const drawn = useRef(new Map<number, { items: VNode[]; stretch: VNode }>());

  const itemOf = (entry: Entry, before: Entry | undefined): VNode => {
    const newDay = before === undefined || !sameDay(before.at, entry.at);
    const isNew = entry.seq === firstNew;
    const together = !newDay && !isNew && goesOn(before, entry);
    const how = `${newDay} ${isNew} ${together}`;
    const cached = cache.current.get(entry);
    if (cached?.how === how) return cached.item;
    const item = <MessageItem key={entry.seq} {...{ entry, newDay, isNew, together, ...actions }} />;
    cache.current.set(entry, { how, item });
    return item;
  };

  const stretches = new Map<number, VNode[]>();
  for (const [index, entry] of entries.entries()) {
    // By what does not change when older messages come in.
    const number = Math.floor(entry.seq / STRETCH);
    const items = stretches.get(number) ?? [];
    items.push(itemOf(entry, entries[index - 1]));
    stretches.set(number, items);
  }
  return (
    <>
      {[...stretches].map(([number, items]) => {
        const before = drawn.current.get(number);
        if (before && same(before.items, items)) return before.stretch;
        const stretch = (
          <div key={number} class="stretch" style={{ "--count": items.length }}>
            {items}
          </div>
        );
        drawn.current.set(number, { items, stretch });
        return stretch;
      })}
    </>
  );
}

function same(before: readonly VNode[], now: readonly VNode[]): boolean {
  return before.length === now.length && before.every((item, index) => item === now[index]);
}

function goesOn(before: Entry, entry: Entry): boolean {
  const sameSide = (before.status === undefined) === (entry.status === undefined);
  return sameSide && before.from === entry.from && entry.at - before.at < TOGETHER;
}

function MessageItem(props: Actions & { entry: Entry; newDay: boolean; isNew: boolean; together: boolean }) {
  const { entry, newDay, isNew, ...others } = props;
  return (
    <>
      {newDay && <p class="day">{day(entry.at)}</p>}
      {isNew && <p class="new-line">{t.newMessages}</p>}
      <Bubble entry={entry} {...others} />
    </>
  );
}

/** What one reads stays where it is when older messages come in above it. */
function useSteadyScroll(list: RefObject<HTMLDivElement | null>, first: number | undefined): void {
  const before = useRef(first);
  const anchor = useRef<{ element: Element; top: number } | undefined>(undefined);
  if (first !== undefined && before.current !== undefined && first < before.current) {
    const element = list.current?.querySelector(".message");
    if (element) anchor.current = { element, top: element.getBoundingClientRect().top };
  }
  before.current = first;
  useLayoutEffect(() => {
    if (!anchor.current || !list.current) return;
    const { element, top } = anchor.current;
    anchor.current = undefined;
    list.current.scrollTop += element.getBoundingClientRect().top - top;
  }, [first]);
}
