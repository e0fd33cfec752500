import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Builder, Capabilities, type WebDriver } from "selenium-webdriver";
import { DriverService } from "selenium-webdriver/remote";
import { CHROMIUM_FLAGS } from "../../support/chromium-flags.js";
import { Program } from "../../support/program.js";
import type { BuildName } from "./builds.js";

/** The browsers that the tests run in. */
export type BrowserName = "chromium" | "firefox" | "webkit";

declare module "vitest" {
  interface ProvidedContext {
    browser: BrowserName;
    build: BuildName;
  }
}

interface Recipe {
  /** The WebDriver program of the browser. */
  driver: string;
  /** Whether the browser has to have a screen. */
  screen: boolean;
  capabilities: object;
}

const RECIPES: Record<BrowserName, Recipe> = {
  chromium: {
    driver: "chromedriver",
    screen: false,
    capabilities: {
      browserName: "chrome",
      "goog:chromeOptions": {
        // Memory that is shared by /dev/shm may be small.
        args: ["--headless", "--disable-dev-shm-usage", ...CHROMIUM_FLAGS],
      },
    },
  },
  firefox: {
    driver: "geckodriver",
    screen: false,
    capabilities: {
      browserName: "firefox",
      "moz:firefoxOptions": {
        args: ["-headless"],
        // To keep it from calling home.
        prefs: {
          "app.normandy.enabled": false,
          "network.captive-portal-service.enabled": false,
          "network.connectivity-service.enabled": false,
          "services.settings.server": "data:,",
        },
      },
    },
  },
  webkit: {
    driver: "WebKitWebDriver",
    screen: true,
    capabilities: {
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": {
        args: ["--automation"],
      },
    },
  },
};

/** A browser, with a home folder of its own. */
export class Browser {
  readonly driver: WebDriver;
  readonly #end: () => Promise<void>;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(driver: WebDriver, end: () => Promise<void>) {
    this.driver = driver;
    this.#end = end;
  }

  static async launch(name: BrowserName): Promise<Browser> {
    const { driver: program, screen, capabilities } = RECIPES[name];
    const home = await mkdtemp(join(tmpdir(), `mobileim-${name}-`));
    const xvfb = screen
      ? new Program("Xvfb", "-displayfd 1 -screen 0 1280x800x24 -nolisten tcp".split(" "))
      : undefined;
    const environment: NodeJS.ProcessEnv = {
      ...process.env,
      HOME: home,
      XDG_RUNTIME_DIR: home,
      LANG: "C.UTF-8",
    };
    if (xvfb !== undefined) environment.DISPLAY = `:${await xvfb.line((line) => /^\d+$/.test(line))}`;
    const service = new DriverService.Builder(program)
      .setLoopback(true)
      .setEnvironment(environment as Record<string, string>)
      .build();
    const driver = await new Builder()
      .usingServer(await service.start())
      .withCapabilities(new Capabilities(capabilities))
      .build();
    return new Browser(driver, async () => {
      await driver.quit();
      await service.kill();
      await xvfb?.stop();
      await rm(home, { recursive: true, force: true });
    });
  }

  /** Does something in a window, once nothing is done in another: commands go to the window that was chosen last. */
  inWindow<T>(window: string, action: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(async () => {
      await this.driver.switchTo().window(window);
      return action();
    });
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async close(): Promise<void> {
    await this.#end();
  }
}
