/** Drop-in for MobileIMSDK's mini-program client: requiring it hangs the names that such apps use on `wx`. */
import { createClient } from "../miniprogram/index.js";
import { seed } from "../miniprogram/seed.js";
import { host } from "../miniprogram/wx.js";
import { installImsdk } from "./install.js";
import { seededRandom } from "./seeded-random.js";

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
} = installImsdk(host(), {
  createClient,
  random: seededRandom(seed),
  alert: (content) => host().showModal?.({ content, showCancel: false, success: () => {}, fail: () => {} }),
});
