import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StartLoad, TEXT, WINDOW } from "./load.js";
import { dial, freePort } from "./program.js";
import { Window } from "./window.js";

const CONNECT = 0x10;
const PUBLISH_AT_LEAST_ONCE = 0x32;
/** Of a CONNACK and of a PUBACK. */
const ANSWER_LENGTH = 4;

/** A string as MQTT 3.1.1 writes it. */
const field = (text: string) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);

/** A packet whose length fits a byte. */
const packet = (type: number, ...parts: Uint8Array[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type, body.length]), body]);
};

/** mosquitto, and a publisher over TCP that takes little of the machine: its packets are prepared. */
export const start: StartLoad = async () => {
  const folder = await mkdtemp(join(tmpdir(), "mobileim-mosquitto-"));
  const [tcp, ws] = [await freePort(), await freePort()];
  const lines = [
    "allow_anonymous true",
    "user root",
    "persistence false",
    "set_tcp_nodelay true",
    // More than its default of 20, which would be the bottleneck; and it is not to drop what waits.
    `max_inflight_messages ${WINDOW}`,
    "max_queued_messages 0",
    `listener ${tcp} 127.0.0.1`,
    `listener ${ws} 127.0.0.1`,
    "protocol websockets",
  ];
  await writeFile(join(folder, "mosquitto.conf"), `${lines.join("\n")}\n`);
  const child = spawn("mosquitto", ["-c", join(folder, "mosquitto.conf")], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  const publisher = await dial("127.0.0.1", tcp);
  // MQTT 3.1.1, clean session, no keep-alive.
  publisher.write(packet(CONNECT, field("MQTT"), Buffer.from([4, 2, 0, 0]), field("publisher")));
  return {
    address: `ws://127.0.0.1:${ws}/`,
    push: pusher(publisher),
    stop: () => {
      publisher.destroy();
      child.kill();
      void rm(folder, { recursive: true, force: true });
    },
  };
};

function pusher(socket: Socket): (count: number) => Promise<void> {
  const topic = field("page");
  const publish = packet(PUBLISH_AT_LEAST_ONCE, topic, Buffer.from([0, 0]), Buffer.from(TEXT));
  const id = 2 + topic.length;
  let next = 0;
  let waiting: Buffer[] = [];
  const window = new Window(WINDOW, () => {
    if (waiting.length === 0) {
      setImmediate(() => {
        socket.write(Buffer.concat(waiting));
        waiting = [];
      });
    }
    next = (next % 65_535) + 1;
    const copy = Buffer.from(publish);
    copy.writeUInt16BE(next, id);
    waiting.push(copy);
  });
  // The first answer is to CONNECT; the others are PUBACKs, all of one length.
  let bytes = -ANSWER_LENGTH;
  socket.on("data", (data) => {
    bytes += data.length;
    if (bytes < ANSWER_LENGTH) return;
    const whole = Math.floor(bytes / ANSWER_LENGTH);
    bytes -= whole * ANSWER_LENGTH;
    window.acknowledged(whole);
  });
  return (count) => window.push(count);
}
