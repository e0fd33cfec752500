/** Drop-in for MobileIMSDK's mini-program client: requiring it hangs the names that such apps use on `wx`. */
import { createClient } from "../miniprogram/index.js";
import { seed } from "../miniprogram/seed.js";
import { host } from "../miniprogram/wx.js";
import { installImsdk } from "./install.js";
import { seededRandom } from "./seeded-random.js";

export type * from "./api.js";
export type { WireMessage } from "./wire-message.js";

export const {
  /** Logs in, sends, and calls the application's callbacks. */
  IMSDK,
  /** Makes messages for `IMSDK.sendData`. */
  MBProtocalFactory,
  /** Sets the sense mode. */
  MBKeepAliveDaemon,
  /** The sense modes that `MBKeepAliveDaemon.setSenseMode` takes. */
  MBSenseMode,
  /** Formats dates. */
  MBUtils,
} = installImsdk(host(), {
  createClient,
  random: seededRandom(seed),
});
