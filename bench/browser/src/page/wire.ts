import type { Connect } from "./connection.js";

interface Wire {
  type: number;
  dataContent: string;
  from: string;
  fp?: string;
}

const LOGIN = 0;
const DATA = 2;
const ACKNOWLEDGEMENT = 4;
const LOGGED_IN = 50;

// No engine: mobileim's own protocol with the least that carries a message, for the floor with the same server and the same frames.
export const connect: Connect = (url, received) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    const waiting = new Map<string, () => void>();
    let next = 0;
    const write = (type: number, dataContent: string, to: string, more: object = {}) =>
      socket.send(JSON.stringify({ type, dataContent, from: "page", to, ...more }));
    const send = (text: string) =>
      new Promise<void>((acknowledged) => {
        const fp = `22222222-2222-4222-8222-${(next++).toString(16).padStart(12, "0")}`;
        waiting.set(fp, acknowledged);
        write(DATA, text, "sink", { fp, QoS: true, typeu: -1 });
      });
    socket.onmessage = ({ data }) => {
      const { type, dataContent, from, fp = "" } = JSON.parse(data as string) as Wire;
      if (type === DATA) {
        write(ACKNOWLEDGEMENT, fp, from, { typeu: -1 });
        received(dataContent);
      } else if (type === ACKNOWLEDGEMENT) {
        waiting.get(dataContent)?.();
        waiting.delete(dataContent);
      } else if (type === LOGGED_IN) {
        resolve({ send });
      }
    };
    socket.onopen = () =>
      write(LOGIN, JSON.stringify({ loginUserId: "page", loginToken: "a-token", firstLoginTime: 0 }), "0");
  });
