import type * as package_ from "mobileim";

declare global {
  /** The package, as the page imported it. */
  var mobileim: typeof package_;
  /** Makes the page's client. */
  var start: (options: package_.ClientOptions) => Promise<void>;
  /** The page's client. */
  var im: package_.Client;
  /** What the client told, in the order in which it did. */
  var told: { type: string; event: unknown }[];
  /** The texts of the messages that came. */
  var texts: () => string[];
  /** The promises of what a test sent. */
  var delivered: Promise<unknown>[];
  /** Whose token was asked for. */
  var asked: string[];
  /** What a person would see in red, or as a warning, in the browser's console; only in a page with `watch.js`. */
  var problems: string[] | undefined;
}
