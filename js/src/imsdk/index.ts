/** Drop-in for MobileIMSDK's H5 client: importing it makes the names global that pages written for it use. */
import { createClient } from "../entries/index.js";
import { installOnPage } from "./page.js";

export type * from "./api.js";
export type { Uuids } from "./uuids.js";
export type { SentMessage, WireMessage } from "./wire-message.js";

export const {
  /** Logs in, sends, and calls the application's callbacks. */
  IMSDK,
  /** Makes messages for `IMSDK.sendData`. */
  MBProtocalFactory,
  /** Sets the sense mode. */
  MBKeepAliveDaemon,
  /** The sense modes that `MBKeepAliveDaemon.setSenseMode` takes. */
  MBSenseMode,
  /** Formats dates, and tells the user something. */
  MBUtils,
  /** Makes ids of the application's own. */
  uuid,
} = installOnPage(createClient);
