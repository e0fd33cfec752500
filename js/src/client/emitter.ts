/** A listener of one kind of event. */
export type Listener<T> = (event: T) => void;

/** Typed events. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Adds a listener and returns the function that removes it. */
  on<K extends keyof Events>(type: K, listener: Listener<Events[K]>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    // A wrapper, so that the same function added twice counts twice.
    const own: Listener<Events[K]> = (event) => listener(event);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  /** Returns whether there is a listener. */
  has(type: keyof Events): boolean {
    return (this.#listeners.get(type)?.size ?? 0) > 0;
  }

  /** Calls the listeners there are now. One that throws does not keep the others from being called. */
  emit<K extends keyof Events>(type: K, event: Events[K]): void {
    const listeners = this.#listeners.get(type);
    if (listeners === undefined) return;
    for (const listener of [...listeners] as Listener<Events[K]>[]) {
      try {
        listener(event);
      } catch (error) {
        // The host reports it as uncaught.
        setTimeout(() => {
          throw error;
        });
      }
    }
  }
}
