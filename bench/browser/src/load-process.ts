import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A contender's load, in a process of its own. */
export class LoadProcess {
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, address: string) {
    this.#child = child;
    this.address = address;
  }

  static async start(name: string): Promise<LoadProcess> {
    const child = fork(fileURLToPath(new URL("./load/main.js", import.meta.url)), [name]);
    const { address } = (await answer(child)) as { address: string };
    return new LoadProcess(child, address);
  }

  /**
   * Sends so many messages to the page: as fast as it takes them, or so many ms apart. Resolves when all are sent, with the CPU
   * time that it took, in µs.
   */
  async push(count: number, interval = 0): Promise<number> {
    this.#child.send({ push: count, interval });
    const { cpu } = (await answer(this.#child)) as { cpu: number };
    return cpu;
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, "exit");
  }
}

/** What the process says next. */
function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error("the load program ended: its error is above"));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message);
    });
  });
}
