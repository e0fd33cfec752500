//! A server with the configuration of examples/, a back end, and people at terminals.
import { spawnSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Program, programPath } from "../../support/program.js";
import { BackEnd, EXAMPLES, type Language, surroundings } from "./back-end.js";

const SCOPES = "send,messages:read,events:read";

export interface Setting {
  /** Whether the server sends events, or the back end asks for them. */
  events?: "sent" | "asked";
  /** More variables of the back end. */
  variables?: Record<string, string>;
}

export class Stage {
  readonly backEnd: BackEnd;
  /** What signs webhooks: the server has the second one. */
  readonly secrets: readonly [string, string];
  readonly #tcp: string;
  readonly #variables: Record<string, string>;

  private constructor(
    backEnd: BackEnd,
    secrets: [string, string],
    tcp: string,
    variables: Record<string, string>,
  ) {
    this.backEnd = backEnd;
    this.secrets = secrets;
    this.#tcp = tcp;
    this.#variables = variables;
  }

  /** Starts all of it, until the test ends. */
  static async begin(language: Language, { events = "sent", variables = {} }: Setting = {}): Promise<Stage> {
    const cwd = mkdtempSync(join(tmpdir(), "mobileim-back-ends-"));
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
    const secrets: [string, string] = [
      `whsec_${randomBytes(32).toString("base64")}`,
      randomBytes(32).toString("base64"),
    ];
    const jwtSecret = randomBytes(48).toString("base64");
    writeFileSync(join(cwd, "jwt-secret"), `${jwtSecret}\n`, { mode: 0o600 });
    writeFileSync(join(cwd, "webhook-secret"), `${secrets[1]}\n`, { mode: 0o600 });
    const key = makeKey(cwd);

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
    const questions = `${backEnd.url}/im/questions`;
    const config = [
      ...CONFIG,
      "--http",
      http,
      "--webhooks-before-c2c",
      questions,
      "--webhooks-before-c2s",
      questions,
    ];
    const sent = events === "sent" ? `${backEnd.url}/im/events` : "";
    const server = new Program(programPath("MOBILEIM_SERVER_BIN"), [...config, "--events-url", sent], {
      cwd,
      env: surroundings({}),
    });
    onTestFinished(async () => {
      await server.stop();
    });
    const ready = await server.line((line) => line.startsWith("ready "));
    return new Stage(backEnd, secrets, /tcp=(\S+)/.exec(ready)?.[1] ?? "", all);
  }

  /** A user at a terminal, with a token. */
  async person(user: string, token: string, to: string): Promise<Person> {
    const person = new Person(this.#tcp, user, token, to);
    await person.sees("* online");
    return person;
  }

  /** Somebody whom the server may refuse. */
  stranger(user: string, token: string): Person {
    return new Person(this.#tcp, user, token, "bob");
  }

  /** Starts the back end again after it has stopped. */
  again(language: Language): Promise<BackEnd> {
    return BackEnd.start(language, this.#variables);
  }
}

const CONFIG = [
  ...["--config", join(EXAMPLES, "mobileim.toml")],
  ...["--tcp", "127.0.0.1:0", "--ws", "off", "--udp", "off"],
];

/** A user at a terminal. */
export class Person {
  readonly #program: Program;

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
    this.say("/quit");
    await this.#program.ended();
  }
}

/** A key for the back end, whose line is in the file that the server reads. */
function makeKey(cwd: string): string {
  const args = ["api-key", "--name", "backend", "--scopes", SCOPES];
  const { stdout, stderr } = spawnSync(programPath("MOBILEIM_SERVER_BIN"), args, { encoding: "utf8" });
  writeFileSync(join(cwd, "api-keys"), stdout, { mode: 0o600 });
  const [key] = /mim_[\w-]+/.exec(stderr) ?? [];
  if (key === undefined) throw new Error(`no key is shown: ${stderr}`);
  return key;
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
