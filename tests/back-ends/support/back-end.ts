//! The back ends in examples/, as their pages say to start them.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { Program } from "../../support/program.js";

/** The folder of the examples. */
export const EXAMPLES = fileURLToPath(new URL("../../../examples/", import.meta.url));

/** The names of the folders behind `backend-`. */
export const LANGUAGES = ["node", "python", "java"] as const;
export type Language = (typeof LANGUAGES)[number];

/** A program, what it is given, and where it is started. */
export interface Command {
  program: string;
  args: string[];
  cwd: string;
}

let classes: string | undefined;

/** How a back end is started. The one in Java is compiled before, once. */
export function commandOf(language: Language): Command {
  const cwd = join(EXAMPLES, `backend-${language}`);
  if (language === "node") return { program: "node", args: ["main.mjs"], cwd };
  if (language === "python") return { program: "python", args: ["main.py"], cwd };
  classes ??= compiled(join(cwd, "src"));
  return { program: "java", args: ["-cp", classes, "Backend"], cwd };
}

function compiled(folder: string): string {
  const into = mkdtempSync(join(tmpdir(), "mobileim-back-end-"));
  process.on("exit", () => rmSync(into, { recursive: true, force: true }));
  const sources = readdirSync(folder).map((file) => join(folder, file));
  execFileSync("javac", ["-Xlint:all,-serial", "-Werror", "-d", into, ...sources], { stdio: "inherit" });
  return into;
}

/** What a program is started with: nothing of the test's own but where programs are. */
export function surroundings(more: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG = "C.UTF-8" } = process.env;
  return { PATH, HOME, LANG, PYTHONDONTWRITEBYTECODE: "1", ...more };
}

/** An answer, read. */
export interface Answer {
  status: number;
  // What it is depends on the request.
  body: Record<string, unknown>;
}

/** A back end that runs until the test ends. */
export class BackEnd {
  readonly #program: Program;
  readonly url: string;

  private constructor(program: Program, url: string) {
    this.#program = program;
    this.url = url;
  }

  /** Starts one, with what its page says to set. */
  static async start(language: Language, variables: Record<string, string>): Promise<BackEnd> {
    const { program, args, cwd } = commandOf(language);
    // What it complains of is among the lines that it has written.
    const command = 'exec "$0" "$@" 2>&1';
    const running = new Program("sh", ["-c", command, program, ...args], {
      cwd,
      env: surroundings(variables),
    });
    onTestFinished(async () => {
      await running.stop();
    });
    const port = await running.line((line) => line.startsWith("port "));
    return new BackEnd(running, `http://127.0.0.1:${port.slice("port ".length)}`);
  }

  /** Sends JSON, as an app does: with a token, if it has one. */
  post(path: string, body: unknown, token?: string): Promise<Answer> {
    return this.send("POST", path, JSON.stringify(body), token === undefined ? {} : bearer(token));
  }

  get(path: string, token: string): Promise<Answer> {
    return this.send("GET", path, undefined, bearer(token));
  }

  async send(
    method: string,
    path: string,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const isJson = response.headers.get("content-type") === "application/json";
    return { status: response.status, body: isJson ? ((await response.json()) as Answer["body"]) : {} };
  }

  /** The token that it gives for a password. */
  async token(user: string, password: string): Promise<string> {
    const { status, body } = await this.post("/login", { user, password });
    if (status !== 200) throw new Error(`${user} is not let in: ${status} ${JSON.stringify(body)}`);
    return String(body.token);
  }

  /** Waits for a line that it has written this many times. */
  async says(line: string, times = 1): Promise<void> {
    await this.#program.line(() => this.count(line) >= times);
  }

  /** How often it has written a line. */
  count(line: string): number {
    return this.#program.lines.filter((one) => one === line).length;
  }

  /** What it has complained of while the server was there, and served. */
  get complaints(): string[] {
    const lines = this.#program.lines.filter((line) => line.startsWith("events: "));
    return lines.filter((line) => !/cannot be asked|with 503/.test(line));
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
