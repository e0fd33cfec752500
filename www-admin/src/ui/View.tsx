import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** What is shown beside the menu, with a title that the keyboard and screen readers begin with. */
export function View(props: { title: string; beside?: ComponentChildren; children: ComponentChildren }) {
  const { title, beside, children } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <>
      <header class="view-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {beside}
      </header>
      {children}
    </>
  );
}

/** Facts about one thing, each with its name. */
export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, fact]) => fact !== undefined && fact !== null && fact !== "")
        .map(([name, fact]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
    </dl>
  );
}
