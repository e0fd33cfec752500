import { existsSync, readFileSync } from "node:fs";
import { StrictWorld } from "./strict-world.js";
import type { Shelf } from "./wx/storage.js";

const WASM = "static/mp-weixin/mobileim.wasm";

type Handler = (event: object) => void;

/** What uni-app hands to `Component` for a page. */
interface PageOptions {
  data: (() => Record<string, unknown>) | Record<string, unknown>;
  created?(): void;
  lifetimes: Record<"attached" | "ready" | "detached", (() => void) | undefined>;
  methods: Record<string, (...args: unknown[]) => void>;
}

/** A page: what it shows is in `data`, by the letters that uni-app's compiler uses in its template. */
interface PageInstance {
  data: Record<string, unknown>;
  setData(patch: Record<string, unknown>, done?: () => void): void;
  [member: string]: unknown;
}

/** Which app it is. */
export interface UniAppOptions {
  /** Where it is built, with a slash behind. */
  folder: string;
  /** Its pages, the first one first. */
  pages: string[];
  /** Another address for each that is connected to. */
  leadsTo?: (address: string) => string;
}

/**
 * An app of uni-app's as WeChat gets it. Its scripts run as they are, in the strictest world but for what uni-app and Vue need
 * themselves (`Proxy`, `global`); the half of the host that draws pages is this stand-in, which knows no more of a page than
 * its data and its template's handlers.
 */
export class UniApp {
  readonly #world: StrictWorld;
  readonly #pages = new Map<string, PageOptions>();
  /** What was typed last into each field. */
  readonly #typed = new Map<string, string>();
  #path = "";
  #page: PageInstance | undefined;
  #waiting: (() => void)[] = [];

  readonly #folder: string;

  constructor(shelf: Shelf, options: UniAppOptions) {
    const { folder, pages } = options;
    this.#folder = folder;
    this.#world = new StrictWorld({
      files: { [`/${WASM}`]: `${folder}${WASM}` },
      shelf,
      leadsTo: options.leadsTo ?? ((address) => address),
    });
    const root = this.#world.run("this") as Record<string, unknown> & { wx: Record<string, unknown> };
    let app: { onLaunch?(options: object): void } = {};
    let made: PageOptions | undefined;
    Object.assign(root, {
      global: root,
      Proxy,
      console,
      App: (options: object) => {
        app = options;
      },
      Page: () => {},
      Component: (options: PageOptions) => {
        made = options;
      },
      getApp: () => app,
      getCurrentPages: () => (this.#page ? [this.#page] : []),
    });
    const go = ({ url, success, complete }: { url: string; success?(): void; complete?(): void }) => {
      this.#open(url);
      success?.();
      complete?.();
    };
    Object.assign(root.wx, {
      canIUse: () => true,
      getAppBaseInfo: () => ({ language: "en" }),
      reLaunch: go,
      redirectTo: go,
      setNavigationBarTitle: () => {},
    });

    this.#world.sources((path) => existsSync(`${folder}${path}`), folder);
    this.#world.require("app.js");
    for (const path of pages) {
      this.#world.require(`${path}.js`);
      if (made === undefined) throw new Error(`${path} made no page`);
      this.#pages.set(path, made);
      made = undefined;
    }
    app.onLaunch?.({ path: pages[0], query: {}, scene: 1001 });
    this.#open(`/${pages[0]}`);
  }

  /** Which page is open. */
  get path(): string {
    return this.#path;
  }

  /** All that the page shows, as text. */
  get shown(): string {
    return JSON.stringify(this.#page?.data);
  }

  /** Types into the field with this id, or of this kind. */
  type(id: string, text: string): void {
    this.#typed.set(id, text);
    this.#handler(id, "bindinput")({ type: "input", detail: { value: text } });
  }

  /** Presses the keyboard's return key in the field with this id, or of this kind. */
  confirm(id: string): void {
    this.#handler(id, "bindconfirm")({ type: "confirm", detail: { value: this.#typed.get(id) ?? "" } });
  }

  /** When the app shows what a condition asks for. */
  async until(condition: (app: UniApp) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The app is killed: nothing of it runs any more. */
  kill(): void {
    this.#world.kill();
  }

  /** The handler of an element, by the template: its attribute names a datum, which names a method. */
  #handler(id: string, attribute: string): Handler {
    const wxml = readFileSync(`${this.#folder}${this.#path}.wxml`, "utf8");
    const element = wxml
      .match(/<[^>]*>/g)
      ?.find((tag) => tag.includes(`id="${id}"`) || tag.startsWith(`<${id} `));
    const datum = new RegExp(`${attribute}="{{(\\w+)}}"`).exec(element ?? "")?.[1];
    const method = this.#page?.[String(this.#page.data[datum ?? ""])];
    if (typeof method !== "function") throw new Error(`${this.#path} has no ${attribute} at #${id}`);
    return method as Handler;
  }

  #open(url: string): void {
    const [path = "", query = ""] = url.slice(1).split("?");
    const options = this.#pages.get(path);
    if (options === undefined) throw new Error(`there is no page ${path}`);
    const page: PageInstance = {
      ...options.methods,
      route: path,
      is: path,
      data: { ...(typeof options.data === "function" ? options.data() : options.data) },
      triggerEvent: () => {},
      selectAllComponents: () => [],
      properties: {},
      options: {},
      setData: (patch, done) => {
        Object.assign(page.data, patch);
        done?.();
        this.#wake();
      },
    };
    this.#path = path;
    this.#page = page;
    options.created?.call(page);
    options.lifetimes.attached?.call(page);
    const call = (name: string, ...args: unknown[]) => options.methods[name]?.apply(page, args);
    call("onLoad", Object.fromEntries(new URLSearchParams(query)));
    call("onShow");
    options.lifetimes.ready?.call(page);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
