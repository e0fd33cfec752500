import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { type StartLoad, TEXT, WINDOW } from "./load.js";
import { Window } from "./window.js";

export const start: StartLoad = async () => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  let page: WebSocket | undefined;
  let next = 0;
  const makeWindow = () => new Window(WINDOW, () => page?.send(JSON.stringify({ id: next++, text: TEXT })));
  let window = makeWindow();
  server.on("connection", (socket) => {
    page = socket;
    window = makeWindow();
    socket.on("message", (data) => {
      const frame = data.toString();
      if (frame.includes('"text"')) {
        socket.send(JSON.stringify({ id: (JSON.parse(frame) as { id: number }).id }));
      } else {
        window.acknowledged();
      }
    });
  });
  await once(server, "listening");
  return {
    address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    push: (count) => window.push(count),
    stop: () => server.close(),
  };
};
