import type { Connect } from "./connection.js";

// No library: what Chromium itself takes for the frames. Each is JSON, and acknowledged by its number.
export const connect: Connect = (url, received) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    const waiting = new Map<number, () => void>();
    let next = 0;
    const send = (text: string) =>
      new Promise<void>((acknowledged) => {
        const id = next++;
        waiting.set(id, acknowledged);
        socket.send(JSON.stringify({ id, text }));
      });
    socket.onmessage = ({ data }) => {
      const { id, text } = JSON.parse(data as string) as { id: number; text?: string };
      if (text === undefined) {
        waiting.get(id)?.();
        waiting.delete(id);
      } else {
        socket.send(JSON.stringify({ id }));
        received(text);
      }
    };
    socket.onopen = () => resolve({ send });
  });
