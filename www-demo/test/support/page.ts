import { vi } from "vitest";

/** What the modules under test need of a page: storage, an address, and events. */
export class Page {
  readonly stored = new Map<string, string>();
  readonly #listeners = new Map<string, (event: unknown) => void>();

  constructor() {
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => this.stored.get(key) ?? null,
      setItem: (key: string, text: string) => this.stored.set(key, text),
    });
    vi.stubGlobal("addEventListener", (type: string, listener: (event: unknown) => void) =>
      this.#listeners.set(type, listener),
    );
    vi.stubGlobal("location", { hash: "", pathname: "/", search: "" });
    vi.stubGlobal("history", {});
  }

  /** Another tab has stored something. */
  storedElsewhere(key: string, newValue: string | null): void {
    this.#listeners.get("storage")?.({ key, newValue });
  }
}
