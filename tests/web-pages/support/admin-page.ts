import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import type { Browser, BrowserContextOptions, Locator, Page } from "../../support/browser.js";
import { programPath } from "../../support/program.js";
import { Server } from "../../support/server.js";

/** All that a key may be for. */
export const EVERYTHING = "send,messages:read,users:read,users:write,server:read,events:read";

/** Keys for the API, for all tests of a file. */
export class Keys {
  readonly #folder = mkdtempSync(join(tmpdir(), "mobileim-keys-"));
  readonly #file = join(this.#folder, "api-keys");
  readonly #lines: string[] = [];

  constructor() {
    writeFileSync(this.#file, "");
    afterAll(() => rmSync(this.#folder, { recursive: true }));
  }

  /** A server that lets these keys in. It has to be started after the last one is made. */
  server(flags: readonly string[] = []): Server {
    return new Server(["--api-keys-file", this.#file, ...flags]);
  }

  /** A folder for a server. */
  folder(name: string): string {
    return join(this.#folder, name);
  }

  /** Makes a key for scopes that commas separate. */
  make(scopes: string): string {
    const args = ["api-key", "--name", `key-${this.#lines.length}`, "--scopes", scopes];
    const { stdout, stderr, status } = spawnSync(programPath("MOBILEIM_SERVER_BIN"), args, {
      encoding: "utf8",
    });
    const [key] = /mim_[\w-]+/.exec(stderr) ?? [];
    if (status !== 0 || key === undefined) throw new Error(`${args.join(" ")}: ${stderr}`);
    this.#lines.push(stdout);
    writeFileSync(this.#file, this.#lines.join(""));
    return key;
  }

  /** From its next start on, a server knows none of those that there were. */
  forget(): void {
    this.#lines.length = 0;
    writeFileSync(this.#file, "");
  }
}

/** How many were opened, to tell the pictures of a failed test apart. */
let pages = 0;

/** The admin page, in a browser context of its own. */
export class AdminPage {
  readonly page: Page;
  /** What the browser has complained of, as something that the page's policy does not allow. */
  readonly complaints: string[] = [];
  /** What was asked for elsewhere than at the server. */
  readonly elsewhere: string[] = [];

  private constructor(page: Page, server: Server) {
    this.page = page;
    page.on("console", (message) => {
      if (/Content Security Policy/i.test(message.text())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(server.page)) this.elsewhere.push(request.url());
    });
  }

  static async open(browser: Browser, server: Server, options: BrowserContextOptions): Promise<AdminPage> {
    const context = await browser.newContext({ locale: "en-US", ...options });
    const admin = new AdminPage(await context.newPage(), server);
    pages += 1;
    const picture = `failed-admin-${pages}`;
    onTestFinished(async ({ task }) => {
      if (task.result?.state === "fail" && !admin.page.isClosed()) {
        process.stderr.write(`${await admin.page.locator("body").ariaSnapshot()}\n`);
        await admin.screenshot(picture);
      }
      await context.close();
    });
    await admin.page.goto(`${server.page}admin`);
    return admin;
  }

  /** Opens the page and signs in with a key. */
  static async signIn(
    browser: Browser,
    server: Server,
    key: string,
    options: BrowserContextOptions,
  ): Promise<AdminPage> {
    const admin = await AdminPage.open(browser, server, options);
    await admin.submit(key);
    await admin.heading("Overview").waitFor();
    return admin;
  }

  async submit(key: string): Promise<void> {
    await this.page.getByLabel("API key").fill(key);
    await this.page.getByRole("button", { name: "Sign in" }).click();
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole("heading", { level: 1, name });
  }

  /** Chooses a view in the menu. */
  async choose(view: string, heading = view): Promise<void> {
    await this.page.getByRole("navigation").getByRole("link", { name: view }).click();
    await this.heading(heading).waitFor();
  }

  /** Opens the page of a user, online or not. */
  async openUser(user: string): Promise<void> {
    await this.choose("Users", "Who is online");
    await this.page.getByLabel("User ID, or how it begins").fill(user);
    await this.page.getByRole("button", { name: "Open this user" }).click();
    await this.heading(user).waitFor();
  }

  /** The part of the page with a heading. */
  part(name: string): Locator {
    return this.page
      .locator("section")
      .filter({ has: this.page.getByRole("heading", { level: 2, name, exact: true }) });
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: `artifacts/${name}.png` });
  }
}
