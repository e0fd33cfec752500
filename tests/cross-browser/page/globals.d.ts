import type * as package_ from "mobileim";
import type * as imsdk from "mobileim/imsdk";

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
  /** The drop-in's globals, in its page. */
  var IMSDK: imsdk.Imsdk;
  var MBProtocalFactory: imsdk.MessageFactory;
  /** The names of the callbacks that the drop-in called, without logs and heartbeats. */
  var calls: string[];
  /** What the drop-in received. */
  var received: unknown[];
  /** The package, where a classic script brought it. */
  var MobileIM: typeof package_ | undefined;
  /** What a person would see in the browser's console, and what the client told as an error; only in a page with `watch.js`. */
  var problems: string[] | undefined;
}
