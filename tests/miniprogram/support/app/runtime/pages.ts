import type * as adapter from "glass-easel-miniprogram-adapter";
import type { AppData } from "../app-data.js";

type Query = Record<string, string>;

/** What a page may have. */
interface PageMethods {
  onLoad?(query: Query): void;
  onShow?(): void;
  onReady?(): void;
  onHide?(): void;
  onUnload?(): void;
}

interface Page {
  root: adapter.Root;
  methods: PageMethods;
  element: HTMLElement;
  title: string;
}

/** The stack of pages, each with the bar that WeChat draws above it. */
export class Pages {
  readonly #app: AppData;
  readonly #space: adapter.CodeSpace;
  readonly #backend: adapter.AssociatedBackend;
  #stack: Page[] = [];

  constructor(app: AppData, space: adapter.CodeSpace, backend: adapter.AssociatedBackend) {
    this.#app = app;
    this.#space = space;
    this.#backend = backend;
  }

  navigateTo(url: string): void {
    this.#hide(this.#top);
    this.#open(url);
  }

  redirectTo(url: string): void {
    this.#close();
    this.#open(url);
  }

  reLaunch(url: string): void {
    while (this.#stack.length > 0) this.#close();
    this.#open(url);
  }

  navigateBack(): void {
    this.#close();
    const top = this.#top;
    if (top === undefined) return;
    top.element.hidden = false;
    top.methods.onShow?.();
  }

  setTitle(title: string): void {
    const top = this.#top;
    if (top === undefined) return;
    top.title = title;
    const bar = top.element.querySelector(".title");
    if (bar !== null) bar.textContent = title;
  }

  get #top(): Page | undefined {
    return this.#stack[this.#stack.length - 1];
  }

  #open(url: string): void {
    const [path = "", query = ""] = url.replace(/^\//, "").split("?");
    const element = document.createElement("div");
    const title =
      this.#app.components[path]?.config.navigationBarTitleText ??
      this.#app.window.navigationBarTitleText ??
      "";
    element.append(this.#bar(title));
    const screen = element.appendChild(Object.assign(document.createElement("div"), { className: "screen" }));
    const scroll = screen.appendChild(
      Object.assign(document.createElement("div"), { className: "scroll wx-page" }),
    );
    const placeholder = scroll.appendChild(document.createElement("div"));
    document.body.append(element);
    const root = this.#backend.createRoot("wx-root", this.#space, path);
    root.attach(scroll as never, placeholder as never);
    const page = { root, methods: root.get() as PageMethods, element, title };
    this.#stack.push(page);
    page.methods.onLoad?.(
      Object.fromEntries(query.split("&").map((pair) => pair.split("=") as [string, string])),
    );
    // Loading may have led elsewhere.
    if (this.#top !== page) return;
    page.methods.onShow?.();
    page.methods.onReady?.();
  }

  #bar(title: string): HTMLElement {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const colour = (name: string) =>
      this.#app.theme[dark ? "dark" : "light"][(this.#app.window[name] ?? "").slice(1)] ?? "";
    const bar = Object.assign(document.createElement("div"), { className: "bar" });
    bar.style.background = colour("navigationBarBackgroundColor");
    bar.style.color = colour("navigationBarTextStyle");
    if (this.#stack.length > 0) {
      const back = bar.appendChild(
        Object.assign(document.createElement("button"), { className: "back", textContent: "‹" }),
      );
      back.setAttribute("aria-label", "Back");
      back.onclick = () => this.navigateBack();
    }
    bar.append(Object.assign(document.createElement("span"), { className: "title", textContent: title }));
    return bar;
  }

  #hide(page: Page | undefined): void {
    if (page === undefined) return;
    page.methods.onHide?.();
    page.element.hidden = true;
  }

  #close(): void {
    const page = this.#stack.pop();
    if (page === undefined) return;
    page.methods.onUnload?.();
    page.root.release();
    page.element.remove();
  }
}
