//! A server with the configuration of examples/, a back end, and people at terminals.
import { spawnSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { Program, programPath } from "../../support/program.js";
import { BackEnd, EXAMPLES, type Language, surroundings } from "./back-end.js";
import { shell } from "./pages.js";

export interface Setting {
  /** Whether the server sends events, or the back end asks for them. */
  events?: "sent" | "asked";
  /** More variables of the back end. */
  variables?: Record<string, string>;
}

interface RunningServer {
  program: Program;
  tcp: string;
  ws: string;
  http: string;
  cwd: string;
}

export class Stage {
  readonly backEnd: BackEnd;
  /** What signs webhooks: the server has the second one. */
  readonly secrets: readonly [string, string];
  /** What the commands of an operator are given. */
  readonly variables: Record<string, string> = {};
  readonly #server: RunningServer;
  readonly #variables: Record<string, string>;

  private constructor(
    backEnd: BackEnd,
    secrets: [string, string],
    server: RunningServer,
    variables: Record<string, string>,
  ) {
    this.backEnd = backEnd;
    this.secrets = secrets;
    this.#server = server;
    this.#variables = variables;
  }

  /** Starts all of it, until the test ends. */
  static async begin(language: Language, { events = "sent", variables = {} }: Setting = {}): Promise<Stage> {
    const cwd = temporaryFolder();
    const secrets: [string, string] = [`whsec_${randomBytes(32).toString("base64")}`, ""];
    const key = prepared(cwd);
    const jwtSecret = readFileSync(join(cwd, "jwt-secret"), "utf8").trim();
    secrets[1] = readFileSync(join(cwd, "webhook-secret"), "utf8").trim();

    const http = `127.0.0.1:${await freePort()}`;
    const all = {
      PORT: "0",
      JWT_SECRET: jwtSecret,
      WEBHOOK_SECRETS: secrets.join(" "),
      IM_API: `http://${http}/api/v1`,
      IM_KEY: key,
      PASSWORDS: "alice:wonderland bob:the-builder",
      ...(events === "asked" ? { EVENTS: "ask" } : {}),
      ...variables,
    };
    const backEnd = await BackEnd.start(language, all);
    writeFileSync(join(cwd, "mobileim.toml"), configuration(backEnd, events));
    const flags = ["--http", http, "--tcp", "127.0.0.1:0", "--ws", "127.0.0.1:0", "--udp", "off"];
    // Its log is among the lines that it has written.
    const command = 'exec "$0" "$@" 2>&1';
    const server = new Program("sh", ["-c", command, programPath("MOBILEIM_SERVER_BIN"), ...flags], {
      cwd,
      env: surroundings({}),
    });
    onTestFinished(async () => {
      await server.stop();
    });
    const ready = await server.line((line) => line.startsWith("ready "));
    const { tcp = "", ws = "" } = /tcp=(?<tcp>\S+).* ws=(?<ws>\S+)/.exec(ready)?.groups ?? {};
    return new Stage(backEnd, secrets, { program: server, tcp, ws, http, cwd }, all);
  }

  /** A user at a terminal, with a token. */
  async person(user: string, token: string, to: string): Promise<Person> {
    const person = new Person(this.#server.tcp, user, token, to);
    await person.sees("* online");
    return person;
  }

  /** Somebody whom the server refuses: gives what is said of that. */
  async refused(user: string, token: string): Promise<string> {
    const stranger = new Person(this.#server.tcp, user, token, "bob");
    const line = await stranger.line("* refused");
    await stranger.ended();
    return line;
  }

  /** Waits until the server's log has this. */
  async logs(text: string): Promise<void> {
    await this.#server.program.line((line) => line.includes(text));
  }

  /** Has the server read its configuration again. */
  async reload(): Promise<void> {
    this.#server.program.reload();
    await this.logs("taken over: ");
  }

  /** Does what a page says an operator does on the server's machine, and gives what is shown. Later commands have the key that is made. */
  async operate(commands: string): Promise<string> {
    const { cwd, http, ws } = this.#server;
    const here = commands.replaceAll("127.0.0.1:3000", ws);
    const API = `http://${http}`;
    const env = onServer({ API, ...this.variables });
    const { status, stdout, stderr } = spawnSync("sh", ["-euc", here], { cwd, env, encoding: "utf8" });
    const shown = stdout + stderr;
    if (status !== 0) throw new Error(`${commands} ends with ${status}: ${shown}`);
    const [key] = /mim_[\w-]+/.exec(stderr) ?? [];
    if (key !== undefined) this.variables.KEY = key;
    return shown;
  }

  /** Starts the back end again after it has stopped. */
  again(language: Language): Promise<BackEnd> {
    return BackEnd.start(language, this.#variables);
  }
}

/** The configuration of examples/, with this back end. Without a URL in `[events]`, back ends ask for them. */
function configuration(backEnd: BackEnd, events: Setting["events"]): string {
  const text = readFileSync(join(EXAMPLES, "mobileim.toml"), "utf8");
  const mine = text.replaceAll("http://127.0.0.1:9000", backEnd.url);
  return events === "sent" ? mine : mine.replace(/^url = .*\nsecret-file = .*\n/m, "");
}

/** A user at a terminal. */
export class Person {
  readonly #program: Program;
  #hasEnded = false;

  constructor(tcp: string, user: string, token: string, to: string) {
    const args = ["chat", "--tcp", tcp, "--user", user, "--to", to, "--no-outbox"];
    this.#program = new Program(programPath("MOBILEIM_BIN"), args, {
      env: surroundings({ MOBILEIM_TOKEN: token }),
    });
    onTestFinished(() => this.leave());
  }

  say(line: string): void {
    this.#program.type(line);
  }

  /** Waits for a line. */
  async sees(line: string): Promise<void> {
    await this.#program.line((one) => one === line);
  }

  /** Waits for a line that begins so, and gives it. */
  line(start: string): Promise<string> {
    return this.#program.line((one) => one.startsWith(start));
  }

  async leave(): Promise<void> {
    if (this.#hasEnded) return;
    this.say("/quit");
    await this.ended();
  }

  /** Waits until the program has ended. */
  async ended(): Promise<void> {
    await this.#program.ended();
    this.#hasEnded = true;
  }
}

/** Makes secrets and a key as the page of the examples says, and gives the key. */
function prepared(cwd: string): string {
  const [first] = shell("examples/README.md");
  const env = onServer({});
  const { status, stderr } = spawnSync("sh", ["-euc", first ?? ""], { cwd, env, encoding: "utf8" });
  const [key] = /mim_[\w-]+/.exec(stderr) ?? [];
  if (status !== 0 || key === undefined) throw new Error(`${first} does not work: ${stderr}`);
  return key;
}

/** What commands on the server's machine are started with. */
function onServer(more: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return surroundings({ PATH: `${dirname(programPath("MOBILEIM_SERVER_BIN"))}:${PATH}`, ...more });
}

/** A folder that is there until the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mobileim-back-ends-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The headers of a webhook that somebody signs with a secret. */
export function signed(body: string, secret: string, at = Date.now()): Record<string, string> {
  const time = String(Math.floor(at / 1000));
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : secret;
  const hash = createHmac("sha256", key).update(`msg_1.${time}.${body}`).digest("base64");
  return { "webhook-id": "msg_1", "webhook-timestamp": time, "webhook-signature": `v1,AAAA v1,${hash}` };
}

/** A port that nobody listens at, and that no system gives to who asks for any: those begin at 32768. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
