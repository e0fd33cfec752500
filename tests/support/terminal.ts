import { Program, programPath } from "./program.js";
import type { Server } from "./server.js";

/** A user at a terminal, over UDP. */
export class Terminal {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** Signs a user in who writes to a peer; on a device with this name, or the unnamed one. */
  static async chat(server: Server, user: string, peer: string, device?: string): Promise<Terminal> {
    const args = ["chat", "--udp", server.addresses.udp, "--user", user, "--to", peer, "--no-outbox"];
    if (device !== undefined) args.push("--device", device);
    const terminal = new Terminal(new Program(programPath("MOBILEIM_BIN"), args));
    await terminal.shows("* online");
    return terminal;
  }

  /** Types a message. */
  say(text: string): void {
    this.#program.type(text);
  }

  /** When a line that starts like this is shown. */
  async shows(start: string): Promise<void> {
    await this.#program.line((line) => line.startsWith(start));
  }

  /** What a user has said so far. */
  heard(from: string): string[] {
    const prefix = `${from}: `;
    return this.#program.lines
      .filter((line) => line.startsWith(prefix))
      .map((line) => line.slice(prefix.length));
  }

  async leave(): Promise<void> {
    await this.#program.stop();
  }
}
