import { io } from "socket.io-client";
import type { Connect } from "./connection.js";

export const connect: Connect = (url, received) =>
  new Promise((resolve) => {
    // By default it starts with HTTP polling, and logs in later.
    const socket = io(url, { transports: ["websocket"] });
    socket.on("message", (text: string, acknowledge: () => void) => {
      acknowledge();
      received(text);
    });
    socket.on("connect", () => resolve({ send: (text) => socket.emitWithAck("message", text) }));
  });
