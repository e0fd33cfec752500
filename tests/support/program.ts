import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** How long one waits for a line, or for the end, in ms: shorter than a test may take, so that it is told which. */
const PATIENCE_MS = 30_000;

/** Where a program runs, if not as the test does. */
export interface Surroundings {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Whether it starts others that end with it, as `npm run` does. */
  group?: boolean;
}

/** A program that runs beside the test, and the lines that it has written. */
export class Program {
  readonly #name: string;
  readonly #group: boolean;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: string[] = [];
  readonly #exited: Promise<unknown>;
  #changed: (() => void)[] = [];

  /** Starts it. What it writes to its standard error goes to the test's. */
  constructor(path: string, args: readonly string[], { cwd, env, group = false }: Surroundings = {}) {
    this.#name = [path, ...args].join(" ");
    this.#group = group;
    this.#child = spawn(path, args, { cwd, env, detached: group, stdio: ["pipe", "pipe", "inherit"] });
    this.#exited = once(this.#child, "exit");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    this.#exited.then(
      () => this.#wake(),
      () => this.#wake(),
    );
  }

  /** The lines so far. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The first line for which this holds, written already or yet to come. */
  async line(isIt: (line: string) => boolean): Promise<string> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, PATIENCE_MS);
    try {
      for (;;) {
        const found = this.#lines.find(isIt);
        if (found !== undefined) return found;
        if (late || this.#child.exitCode !== null)
          throw new Error(`${this.#name} ${late ? "wrote only" : "ended after"}: ${this.#lines.join("\n")}`);
        await new Promise<void>((resolve) => this.#changed.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Types a line. */
  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Has it read its configuration again, if it is a server. */
  reload(): void {
    this.#kill("SIGHUP");
  }

  /** Asks it to end, and gives its exit code. */
  async stop(): Promise<number | null> {
    this.#kill("SIGTERM");
    return this.ended();
  }

  /** Waits for it to end by itself, and gives its exit code. */
  async ended(): Promise<number | null> {
    const timer = setTimeout(() => {
      this.#lines.push(`killed: it did not end within ${PATIENCE_MS} ms`);
      this.#kill("SIGKILL");
    }, PATIENCE_MS);
    await this.#exited;
    clearTimeout(timer);
    if (this.#child.signalCode === "SIGKILL") throw new Error(`${this.#name}: ${this.#lines.join("\n")}`);
    return this.#child.exitCode;
  }

  #kill(signal: NodeJS.Signals): void {
    if (this.#group && this.#child.pid !== undefined) process.kill(-this.#child.pid, signal);
    else this.#child.kill(signal);
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

/** The program that an environment variable names. */
export function programPath(variable: string): string {
  const path = process.env[variable];
  if (path === undefined)
    throw new Error(
      `${variable} must name the program: run the tests by their target, as \`make help\` lists them`,
    );
  return path;
}
