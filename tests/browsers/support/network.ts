import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** The network between a browser and the server. */
export class Network {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #up = true;

  private constructor(host: string, port: number) {
    this.#server = createServer((client) => {
      if (!this.#up) {
        client.destroy();
        return;
      }
      const upstream = connect(port, host);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(from);
        from.pipe(to);
        // A reset is what is wanted of it.
        from.on("error", () => {});
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  /** A network that leads to an address, `host:port`. */
  static async to(address: string): Promise<Network> {
    const { hostname, port } = new URL(`tcp://${address}`);
    const network = new Network(hostname, Number(port));
    await once(network.#server.listen(0, "127.0.0.1"), "listening");
    return network;
  }

  /** Where it is entered, `host:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection, and lets none through until {@link Network.mend}. */
  cut(): void {
    this.#up = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#up = true;
  }

  /** From now on nothing comes through, and nobody is told: a tunnel, or a router that was switched off. */
  hush(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }
}
