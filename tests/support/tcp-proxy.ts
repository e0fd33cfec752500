import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** The network between a client and the server: it can be cut, hushed and deafened, and counts connections. */
export class TcpProxy {
  readonly #target: () => string;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#accept(socket));
  #cut = false;
  #deaf = false;
  #changed: (() => void)[] = [];
  /** How many connections there are now. */
  open = 0;
  /** How many connections there ever were. */
  accepted = 0;

  /** @param target - gives the server's `host:port` at the time of a connection */
  constructor(target: () => string) {
    this.#target = target;
  }

  /** A network to a server, until the test has ended. */
  static async untilTestEnds(server: { addresses: { ws: string } }): Promise<TcpProxy> {
    const network = await new TcpProxy(() => server.addresses.ws).start();
    onTestFinished(() => network.stop());
    return network;
  }

  async start(): Promise<this> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return this;
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Breaks all connections, and lets none through until {@link TcpProxy.mend}. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Passes on what the server says, but nothing that the client says, until {@link TcpProxy.mend}. */
  deafen(): void {
    this.#deaf = true;
  }

  mend(): void {
    this.#cut = this.#deaf = false;
  }

  /** From now on nothing comes through, and nobody is told: a tunnel, or a router that was switched off. */
  hush(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Resolves as soon as this many connections are open. */
  async untilOpen(count: number): Promise<void> {
    while (this.open !== count) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  #accept(client: Socket): void {
    // The client sees a connection that ends at once.
    if (this.#cut) {
      client.destroy();
      return;
    }
    const [host, port] = this.#target().split(":");
    const upstream = connect(Number(port), host);
    this.accepted += 1;
    this.#count(1);
    client.on("data", (data) => {
      if (!this.#deaf) upstream.write(data);
    });
    upstream.pipe(client);
    client.once("close", () => this.#count(-1));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      // What broke it is of no interest: the other side hears of it by its own end.
      socket.on("error", () => {});
      socket.once("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }

  #count(change: number): void {
    this.open += change;
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
