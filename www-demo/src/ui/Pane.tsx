import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../texts.js";
import { BackIcon, CloseIcon } from "./icons.js";

/** What stands in a conversation's place: a page with a title, and a way back. */
export function Pane(props: { title: string; onBack: () => void; children: ComponentChildren }) {
  const { title, onBack, children } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="chat pane" aria-label={title}>
      <header class="bar">
        <button class="button-icon only-narrow" type="button" onClick={onBack} aria-label={t.back}>
          <BackIcon />
        </button>
        <div class="bar-title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        </div>
        <button
          class="button-icon only-wide"
          type="button"
          onClick={onBack}
          aria-label={t.close}
          title={t.close}
        >
          <CloseIcon />
        </button>
      </header>
      <div class="pane-body">
        <div class="pane-column">{children}</div>
      </div>
    </section>
  );
}
