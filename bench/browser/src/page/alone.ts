// The client without a socket: what shim, glue and engine take, and nothing of what Chromium takes for frames.
import { type ConnectionEvents, createClient } from "mobileim";

declare global {
  var alone: {
    /** Makes what `receive` gives the client the next time. */
    prepare(count: number): void;
    receive(count: number): void;
    send(count: number): Promise<void>;
  };
}

const TEXT = "x".repeat(64);
const LOGGED_IN = '{"type":50,"dataContent":"{\\"code\\":0,\\"firstLoginTime\\":1}","from":"0","to":"page"}';

const inMemory = location.search === "?memory";

let server: ConnectionEvents | undefined;
let sent: string[] = [];
const im = await createClient({
  url: "ws://localhost",
  getToken: () => "a-token",
  ...(inMemory && { store: false as const, tabs: false as const }),
  transport: (_url, events) => {
    server = events;
    queueMicrotask(() => events.opened());
    return {
      send: (body) => {
        if (body.includes("loginUserId")) queueMicrotask(() => events.message(LOGGED_IN));
        else sent.push(body);
      },
      close: () => {},
    };
  },
});
let heard = 0;
im.on("message", () => {
  heard += 1;
});
await im.login({ userId: "page" });

let next = 0;
const number = () => (next++).toString(16).padStart(12, "0");

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** A text in one piece, as those of a socket are, and not of pieces that were added. */
const frame = (text: string) => decoder.decode(encoder.encode(text));

let bodies: string[] = [];

globalThis.alone = {
  prepare(count) {
    bodies = Array.from({ length: count }, () =>
      frame(
        `{"type":2,"dataContent":"${TEXT}","from":"sender","to":"page","fp":"11111111-1111-4111-8111-${number()}","QoS":true,"typeu":-1}`,
      ),
    );
  },
  receive(count) {
    heard = 0;
    for (const body of bodies) server?.message(body);
    if (heard !== count || sent.length < count)
      throw new Error(`${heard} of ${count} came, ${sent.length} acknowledged`);
    sent = [];
  },
  async send(count) {
    sent = [];
    for (let at = 0; at < count; at += 1) {
      const delivered = im.send("sink", TEXT);
      const body = sent.pop() ?? "";
      const fp = body.slice(body.indexOf('"fp":"') + 6).slice(0, 36);
      server?.message(`{"type":4,"dataContent":"${fp}","from":"sink","to":"page"}`);
      await delivered;
    }
  },
};
document.title = "ready";
