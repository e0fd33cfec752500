//! A project that somebody makes by a guide.
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import type { Step } from "../../support/guide.js";
import { Program } from "../../support/program.js";

const root = fileURLToPath(new URL("../", import.meta.url));

/** What serves a page until it is stopped. */
const SERVES = /^(npm run dev|npx vite)$/;

/** A folder in which the steps of a guide are done, one by one. */
export class Project {
  /** Where the commands are at. */
  folder: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.#env = {
      ...process.env,
      PATH: `${root}bin${delimiter}${process.env.PATH}`,
      NO_COLOR: "1",
      NEXT_TELEMETRY_DISABLED: "1",
      ...env,
    };
  }

  /** An empty folder. */
  static async empty(name: string, env: NodeJS.ProcessEnv = {}): Promise<Project> {
    const folder = `${root}built/${name}`;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return new Project(folder, env);
  }

  /** Does what a guide says, and gives the command that serves the page, for {@link Project.serve}. */
  async follow(steps: readonly Step[]): Promise<string> {
    let serves = "";
    for (const step of steps) {
      if ("file" in step) await this.write(step.file, step.text);
      else serves = await this.#type(step.commands);
    }
    return serves;
  }

  /** Does commands, but for a last one that would not end. */
  async #type(commands: string): Promise<string> {
    const lines = commands.split("\n");
    const last = SERVES.test(lines.at(-1) ?? "") ? (lines.pop() ?? "") : "";
    if (lines.length > 0) await this.run(lines.join("\n"));
    return last;
  }

  async write(file: string, text: string): Promise<void> {
    const path = join(this.folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /** Runs commands as somebody who types them into one shell after the other. */
  async run(commands: string): Promise<void> {
    const place = `${root}built/place`;
    const script = `set -e\n${commands}\npwd > '${place}'\n`;
    const options = { cwd: this.folder, env: this.#env };
    await promisify(execFile)("bash", ["-c", script], options).catch(({ stdout, stderr }) => {
      throw new Error(`${commands}\n${stdout}${stderr}`);
    });
    this.folder = (await readFile(place, "utf8")).trim();
  }

  /** Runs what serves the page until the test ends, and gives its address. */
  async serve(command: string): Promise<string> {
    const surroundings = { cwd: this.folder, env: this.#env, group: true };
    const server = new Program("bash", ["-c", command], surroundings);
    onTestFinished(async () => void (await server.stop()));
    const line = await server.line((text) => /Local: +http/.test(text));
    return line.replace(/.*(http\S+).*/, "$1");
  }
}
