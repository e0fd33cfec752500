import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { notice } from "../announcements.js";
import type { Entry } from "../archive/archive.js";
import { copy } from "../clipboard.js";
import { mayRetry, type Session } from "../session.js";
import { t } from "../texts.js";
import { arrowKeys } from "./arrow-keys.js";
import { CopyIcon, DeleteIcon, RepeatIcon } from "./icons.js";

/** A message whose menu is open, and what it is shown beside. */
export interface Opened {
  entry: Entry;
  anchor: HTMLElement;
}

/** What can be done with a message. */
export function MessageMenu(props: { session: Session; opened: Opened | undefined; onClose: () => void }) {
  const { session, opened, onClose } = props;
  const menu = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const element = menu.current;
    if (!opened || !element) return;
    element.showPopover();
    place(element, opened.anchor.getBoundingClientRect());
    element.querySelector<HTMLElement>("button")?.focus();
  }, [opened]);

  const item = (icon: ComponentChildren, text: string, action: (entry: Entry) => void, danger = false) => (
    <button
      class={danger ? "danger" : ""}
      type="button"
      role="menuitem"
      onClick={() => {
        menu.current?.hidePopover();
        if (opened) action(opened.entry);
      }}
    >
      {icon} {text}
    </button>
  );

  return (
    <div
      class="menu"
      ref={menu}
      popover="auto"
      role="menu"
      aria-label={t.actions}
      onKeyDown={arrowKeys("button")}
      onToggle={(event) => {
        if (event.newState === "closed") onClose();
      }}
    >
      {opened &&
        mayRetry(opened.entry) &&
        item(<RepeatIcon />, t.tryAgain, (entry) => void session.retry(entry))}
      {item(<CopyIcon />, t.copy, (entry) => void copyText(entry))}
      {item(<DeleteIcon />, t.deleteHere, (entry) => void session.remove(entry), true)}
    </div>
  );
}

async function copyText({ text }: Entry): Promise<void> {
  notice((await copy(text)) ? t.copied : t.notCopied);
}

/** Below the anchor where there is room, else above, and always inside the page. */
function place(element: HTMLElement, anchor: DOMRect): void {
  const { width, height } = element.getBoundingClientRect();
  const [widest, lowest] = [innerWidth - width - 8, innerHeight - height - 8];
  const left = anchor.left + anchor.width / 2 < innerWidth / 2 ? anchor.left : anchor.right - width;
  const top = anchor.bottom + 4 <= lowest ? anchor.bottom + 4 : anchor.top - height - 4;
  element.style.left = `${Math.max(8, Math.min(left, widest))}px`;
  element.style.top = `${Math.max(8, Math.min(top, lowest))}px`;
}
