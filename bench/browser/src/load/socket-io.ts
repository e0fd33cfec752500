import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { type StartLoad, TEXT, WINDOW } from "./load.js";
import { Window } from "./window.js";

export const start: StartLoad = async () => {
  const http = createServer();
  const server = new Server(http, { transports: ["websocket"], cors: { origin: "*" } });
  let page: Socket | undefined;
  const makeWindow = (): Window => {
    const window = new Window(WINDOW, () => page?.emit("message", TEXT, () => window.acknowledged()));
    return window;
  };
  let window = makeWindow();
  server.on("connection", (socket) => {
    page = socket;
    window = makeWindow();
    socket.on("message", (_text: string, acknowledge: () => void) => acknowledge());
  });
  await once(http.listen(0, "127.0.0.1"), "listening");
  return {
    address: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    push: (count) => window.push(count),
    stop: () => void server.close(),
  };
};
