/** What is kept in `localStorage`: small, read at once, and the same in all tabs. */
import { type Signal, signal } from "@preact/signals";

const PREFIX = "mobileim-demo/";

/** A value that outlives the page, and follows what other tabs make of it. */
export function stored<T>(name: string, initial: T, isOne: (value: unknown) => value is T): Signal<T> {
  const key = PREFIX + name;
  const parse = (text: string | null): T => {
    try {
      const value: unknown = JSON.parse(text ?? "null");
      return isOne(value) ? value : initial;
    } catch {
      return initial;
    }
  };
  const value = signal(parse(attempt(() => localStorage.getItem(key)) ?? null));
  let written = JSON.stringify(value.value);
  value.subscribe((now) => {
    const text = JSON.stringify(now);
    if (text === written) return;
    written = text;
    attempt(() => localStorage.setItem(key, text));
  });
  addEventListener("storage", (event) => {
    if (event.key !== key) return;
    written = event.newValue ?? JSON.stringify(initial);
    value.value = parse(event.newValue);
  });
  return value;
}

/** Where the browser allows no storage, or has no room, nothing is kept. */
export function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
