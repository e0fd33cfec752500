import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { type StartLoad, TEXT } from "./load.js";

/** So many replies share a frame where they wait for it, as with Centrifugo's own default. */
const REPLIES_A_FRAME = 16;
/** So many bytes may wait to be written. */
const BUFFER = 128 * 1024;

interface Command {
  id: number;
  connect?: object;
  subscribe?: object;
  publish?: object;
}

/** The reply of a server that accepts everything. */
const reply = ({ id, connect, subscribe }: Command) => {
  if (connect) return { id, connect: { client: "page", version: "stand-in", ping: 25, pong: true } };
  return subscribe ? { id, subscribe: {} } : { id, publish: {} };
};

/** A stand-in for Centrifugo, which is not to be had here: its JSON protocol, as far as the client needs it. */
export const start: StartLoad = async () => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  let page: WebSocket | undefined;
  server.on("connection", (socket) => {
    page = socket;
    socket.on("message", (data) => {
      const commands = data
        .toString()
        .split("\n")
        .filter((line) => line !== "" && line !== "{}");
      const replies = commands.map((line) => JSON.stringify(reply(JSON.parse(line) as Command)));
      for (let at = 0; at < replies.length; at += REPLIES_A_FRAME) {
        socket.send(replies.slice(at, at + REPLIES_A_FRAME).join("\n"));
      }
    });
  });
  await once(server, "listening");
  const publication = JSON.stringify({ push: { channel: "page", pub: { data: TEXT } } });
  // Publications are not acknowledged in this protocol: what the socket takes is what holds them back.
  const push = async (count: number) => {
    for (let left = count; left > 0; left -= REPLIES_A_FRAME) {
      while ((page?.bufferedAmount ?? 0) > BUFFER) await new Promise((resolve) => setImmediate(resolve));
      page?.send(Array(Math.min(left, REPLIES_A_FRAME)).fill(publication).join("\n"));
    }
  };
  return {
    address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    push,
    stop: () => server.close(),
  };
};
