import { beforeEach, expect, test } from "vitest";
import { wxTransport } from "../src/miniprogram/transport.js";
import type { MiniProgramHost } from "../src/miniprogram/wx.js";
import { fakeWx } from "./support/fake-wx.js";

/** A socket of the host's, whose events the test makes. */
class FakeTask {
  readonly sent: unknown[] = [];
  readonly closed: number[] = [];
  open = () => {};
  message: (event: { data: unknown }) => void = () => {};
  close_ = () => {};
  error = () => {};
  failSend: (() => void) | undefined;
  throws = false;

  onOpen(listener: () => void) {
    this.open = listener;
  }
  onMessage(listener: (event: { data: unknown }) => void) {
    this.message = listener;
  }
  onClose(listener: () => void) {
    this.close_ = listener;
  }
  onError(listener: () => void) {
    this.error = listener;
  }
  send({ data, fail }: { data: string; fail(): void }) {
    if (this.throws) throw new Error("send:fail");
    this.sent.push(data);
    this.failSend = fail;
  }
  close({ code }: { code: number }) {
    this.closed.push(code);
    if (this.throws) throw new Error("close:fail");
  }
}

let task: FakeTask;
let heard: string[];
const events = {
  opened: () => heard.push("opened"),
  message: (text: string) => heard.push(`message ${text}`),
  closed: () => heard.push("closed"),
};

beforeEach(() => {
  task = new FakeTask();
  heard = [];
  fakeWx({ connectSocket: () => task } as Partial<MiniProgramHost>);
});

test("a socket opens, carries texts both ways and closes", () => {
  const connection = wxTransport("wss://im.example.com", events);
  expect(heard).toEqual([]);
  task.open();
  connection.send("there");
  task.message({ data: "back" });
  task.message({ data: new ArrayBuffer(4) });
  connection.close();
  expect(task.sent).toEqual(["there"]);
  expect(task.closed).toEqual([1000]);
  expect(heard).toEqual(["opened", "message back"]);
});

test.each([
  ["an error alone", [() => task.error()]],
  ["a close alone", [() => task.close_()]],
  ["an error and a close", [() => task.error(), () => task.close_()]],
  ["a close and an error", [() => task.close_(), () => task.error()]],
  ["a text that could not be sent", [() => task.failSend?.()]],
])("%s ends the connection once, and frees the socket", (_, happenings) => {
  const connection = wxTransport("wss://im.example.com", events);
  task.open();
  connection.send("text");
  for (const happen of happenings) happen();
  task.message({ data: "late" });
  expect(heard).toEqual(["opened", "closed"]);
  expect(task.closed).toEqual([1000]);
});

test("a socket that was given up while it opened is closed when it is open", () => {
  const connection = wxTransport("wss://im.example.com", events);
  connection.close();
  task.open();
  task.message({ data: "late" });
  task.close_();
  expect(task.closed).toEqual([1000, 1000]);
  expect(heard).toEqual([]);
});

test("a host whose sockets throw is a connection that closed", () => {
  const connection = wxTransport("wss://im.example.com", events);
  task.open();
  task.throws = true;
  connection.send("text");
  expect(heard).toEqual(["opened", "closed"]);
});

test("a host that makes no attempt, as there are five sockets, is a connection that closed", () => {
  const connectSocket = ({ fail }: { fail(): void }) => void fail();
  fakeWx({ connectSocket } as unknown as Partial<MiniProgramHost>);
  const connection = wxTransport("wss://im.example.com", events);
  connection.send("text");
  connection.close();
  expect(heard).toEqual(["closed"]);
});
