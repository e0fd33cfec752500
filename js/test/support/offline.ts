import type { Client } from "../../src/entries/node.js";
import { type Answer, type FakeServer, obliging, type WireMessage } from "./fake-server.js";

/** A message to alice; its fingerprint is its text. */
export const message = (text: string, qos = true): WireMessage => ({
  type: 2,
  dataContent: text,
  from: "bob",
  to: "alice",
  fp: text,
  QoS: qos,
});

/** Answers a login, and says right after it what waited for the user. */
export const withOffline =
  (...texts: string[]): Answer =>
  (session, said, number) => {
    obliging(session, said, number);
    if (said.type === 0) for (const text of texts) session.send(message(text));
  };

/** Everything that a client hears from now on. */
export function hear(im: Client): { texts: string[]; off(): void } {
  const texts: string[] = [];
  return { texts, off: im.on("message", ({ text }) => texts.push(text)) };
}

/** What the server sent before has arrived, and what the client says to it too. */
export async function settled(server: FakeServer, number = 0): Promise<void> {
  await (await server.session(number)).ping();
}
