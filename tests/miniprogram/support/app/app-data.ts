/** What the browser is told of the mini-program. */

export interface ComponentData {
  isPage: boolean;
  /** What its class names begin with. */
  scope: string | undefined;
  css: string;
  config: { usingComponents?: Record<string, string>; navigationBarTitleText?: string };
}

export interface AppData {
  pages: string[];
  window: Record<string, string>;
  theme: Record<"light" | "dark", Record<string, string>>;
  components: Record<string, ComponentData>;
  css: string;
}
