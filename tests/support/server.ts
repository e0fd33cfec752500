import { Program, programPath } from "./program.js";

/** Where a server listens. */
export interface Addresses {
  tcp: string;
  udp: string;
  ws: string;
  http: string;
}

const ANY: Addresses = { tcp: "127.0.0.1:0", udp: "127.0.0.1:0", ws: "127.0.0.1:0", http: "127.0.0.1:0" };

/** A MobileIM server, chat page included. */
export class Server {
  addresses: Addresses = ANY;
  readonly #flags: readonly string[];
  #program: Program | undefined;

  /** One that is not started yet: in development mode with flags beyond that, unless told who may log in. */
  constructor(flags: readonly string[] = [], whoMayLogIn: readonly string[] = ["--dev"]) {
    this.#flags = [...whoMayLogIn, ...flags];
  }

  /** Starts it; the second time, where it was before. */
  async start(): Promise<void> {
    const flags = Object.entries(this.addresses).flatMap(([name, address]) => [`--${name}`, address]);
    this.#program = new Program(programPath("MOBILEIM_SERVER_BIN"), [...this.#flags, ...flags]);
    const ready = await this.#program.line((line) => line.startsWith("ready "));
    const bound = ready.split(" ").slice(1);
    this.addresses = Object.fromEntries(bound.map((one) => one.split("="))) as unknown as Addresses;
  }

  /** Stops it as a deployment would, and gives its exit code. */
  async stop(): Promise<number | null> {
    const code = await this.#program?.stop();
    this.#program = undefined;
    return code ?? null;
  }

  /** The chat page. */
  get page(): string {
    return `http://${this.addresses.http}/`;
  }
}
