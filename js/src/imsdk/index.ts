/** Drop-in for MobileIMSDK's H5 client: importing it makes the names global that pages written for it use. */
import { createClient } from "../index.js";
import { installOnPage } from "./page.js";

export type * from "./api.js";
export type { WireMessage } from "./wire-message.js";

export const { IMSDK, MBProtocalFactory, MBKeepAliveDaemon, MBSenseMode, MBUtils } =
  installOnPage(createClient);
