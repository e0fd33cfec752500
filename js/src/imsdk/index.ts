/** Drop-in for MobileIMSDK's H5 client: importing it defines the global names that such pages use. */
import { createClient } from "../index.js";
import { installImsdk } from "./install.js";

export type * from "./api.js";
export type { WireMessage } from "./wire-message.js";

export const { IMSDK, MBProtocalFactory, MBKeepAliveDaemon, MBSenseMode, MBUtils } = installImsdk(
  globalThis,
  { createClient, random: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0 },
);
