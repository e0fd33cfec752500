import { type Browser, chromium, type LaunchOptions } from "playwright-core";
import { CHROMIUM_FLAGS } from "./chromium-flags.js";

export type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  LaunchOptions,
  Locator,
  Page,
  WebSocketRoute,
} from "playwright-core";

/** Headless Chromium that asks nothing of the network but what the test asks. */
export function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    ...options,
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...CHROMIUM_FLAGS, ...(options.args ?? [])],
  });
}

/** A phone. */
export const PHONE = { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true } as const;

/** A desktop window. */
export const DESKTOP = { viewport: { width: 1280, height: 800 } } as const;
