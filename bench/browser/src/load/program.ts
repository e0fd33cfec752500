import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** The end of a program's line that starts like this, once it is written to its standard output. */
export async function startProgram(
  path: string,
  args: readonly string[],
  start: string,
): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(path, args, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith(start)) return { child, line: line.slice(start.length) };
  }
  throw new Error(`${path} ended without the line "${start}…"`);
}

/** A port of this machine that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Connects to `host:port`, again and again while nobody listens there yet. */
export async function dial(host: string, port: number): Promise<Socket> {
  for (;;) {
    const socket = connect(port, host).setNoDelay(true);
    try {
      await once(socket, "connect");
      return socket;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED") throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
