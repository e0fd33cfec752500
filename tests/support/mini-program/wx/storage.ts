/** A stand-in for `wx.setStorage` and its like, with the host's limits. */

type Callbacks = { success?(result: object): void; fail?(error: { errMsg: string }): void };

/** Where the values are kept: the same for the next start of the app. */
export interface Shelf {
  keys(): string[];
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  delete(key: string): void;
}

const KEY_LIMIT = 1024 * 1024;
const LIMIT = 10 * 1024 * 1024;

export class Storage {
  readonly #shelf: Shelf;
  /** When set, nothing can be written, as on a full phone. */
  full = false;
  writes = 0;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  setSync(key: string, data: unknown): void {
    const value = JSON.stringify(data);
    const size = (text: string) => new TextEncoder().encode(text).length;
    if (size(value) > KEY_LIMIT) throw new Error("setStorage:fail entry size limit reached");
    const others = this.#shelf.keys().filter((one) => one !== key);
    const sum = others.reduce((total, one) => total + size(this.#shelf.get(one) ?? ""), 0);
    if (this.full || sum + size(value) > LIMIT) throw new Error("setStorage:fail quota exceeded");
    this.#shelf.set(key, value);
    this.writes += 1;
  }

  getSync(key: string): unknown {
    const value = this.#shelf.get(key);
    return value === undefined ? "" : JSON.parse(value);
  }

  /** What the app gets. */
  surface(): object {
    return {
      setStorageSync: (key: string, data: unknown) => this.setSync(key, data),
      getStorageSync: (key: string) => this.getSync(key),
      removeStorageSync: (key: string) => this.#shelf.delete(key),
      setStorage: (options: Callbacks & { key: string; data: unknown }) =>
        settle("setStorage", options, () => this.setSync(options.key, options.data)),
      getStorage: (options: Callbacks & { key: string }) =>
        settle("getStorage", options, () => {
          if (this.#shelf.get(options.key) === undefined) throw new Error("getStorage:fail data not found");
          return { data: this.getSync(options.key) };
        }),
      removeStorage: (options: Callbacks & { key: string }) =>
        settle("removeStorage", options, () => this.#shelf.delete(options.key)),
      getStorageInfo: (options: Callbacks) =>
        settle("getStorageInfo", options, () => ({ keys: this.#shelf.keys() })),
    };
  }
}

/** A shelf in memory. */
export function memoryShelf(): Shelf {
  const values = new Map<string, string>();
  return {
    keys: () => [...values.keys()],
    get: (key) => values.get(key),
    set: (key, value) => {
      values.set(key, value);
    },
    delete: (key) => {
      values.delete(key);
    },
  };
}

function settle(name: string, { success, fail }: Callbacks, action: () => unknown): void {
  setTimeout(() => {
    let result: object;
    try {
      result = { errMsg: `${name}:ok`, ...(action() as object | undefined) };
    } catch (error) {
      fail?.({ errMsg: (error as Error).message });
      return;
    }
    success?.(result);
  });
}
