import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { checkUrl } from "../src/client/checks.js";
import { ArgumentError, ConnectError, createClient, type Transport } from "../src/entries/node.js";
import { connectTo, failure, next, start } from "./support/client.js";
import { FakeServer } from "./support/fake-server.js";

const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
beforeEach(() => {
  warn.mockClear();
});

/** A host that opens nothing. */
const dead: Transport = (_, events) => {
  setTimeout(() => events.closed());
  return { send: () => {}, close: () => {} };
};

test.each([
  "",
  " ",
  "im.example.com",
  "im.example.com/websocket",
  "//im.example.com/websocket",
  "/websocket",
  "websocket",
  "http://im.example.com/websocket",
  "https://im.example.com/websocket",
  "ftp://im.example.com",
  "wss:im.example.com",
  "wss:/im.example.com",
  "wss://",
  "wss:///websocket",
  "wss://?a=b",
  "wss://:3000/websocket",
  "wss://im.example.com:0/",
  "wss://im.example.com:65536/",
  "wss://im.example.com:port/",
  "wss://im.example.com/web socket",
  "wss://im.example.com/#part",
  "wss://im example.com/",
  " wss://im.example.com/",
  "wss://[::1/websocket",
  "wss://im.exa<mple.com/",
  "undefined",
  "wss://undefined:undefined/",
])("%o can be no server's address, and createClient says so", async (url) => {
  const error = await failure(createClient({ url, transport: dead }));
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error).toMatchObject({ argument: "url", code: "bad-argument" });
  expect((error as Error).message).toContain(JSON.stringify(url));
});

test.each([
  "wss://im.example.com",
  "WSS://IM.example.com:443/websocket?token=a%20b",
  "ws://127.0.0.1:3000/websocket",
  "ws://[::1]:3000/websocket",
  "wss://user:secret@im.example.com/websocket",
  "wss://即时通讯.example.com/网络",
])("%o may be one", (url) => {
  checkUrl(url);
});

test("on a page that came by https only wss is, but for this machine's own", () => {
  vi.stubGlobal("location", { protocol: "https:" });
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  for (const url of ["ws://im.example.com/", "WS://localhost.example.com/", "ws://10.0.0.1/"])
    expect(() => checkUrl(url)).toThrow(/wss:\/\/.*https/);
  for (const url of ["wss://im.example.com/", "ws://localhost:3000/", "ws://127.0.0.1/", "ws://[::1]/"])
    checkUrl(url);
});

test("after three links that never opened it says once what to check, and goes on", async () => {
  const url = "ws://user:secret@127.0.0.1:9/here?token=secret";
  const { im } = await start(undefined, { url, transport: dead });
  const errors: unknown[] = [];
  im.on("error", (error) => errors.push(error));
  const lost: string[] = [];
  const five = new Promise<void>((resolve) => {
    im.on("log", (entry) => {
      if (entry.type !== "link-lost") return;
      expect(errors).toHaveLength(lost.length >= 3 ? 1 : 0);
      if (lost.push(entry.reason) === 5) resolve();
      // So that it does not wait.
      else setTimeout(() => void im.logout().then(() => im.login({ userId: "alice" }).catch(() => {})));
    });
  });
  void im.login({ userId: "alice" }).catch(() => {});
  await five;
  expect(lost).toEqual(Array(5).fill("never-opened"));
  expect(errors).toHaveLength(1);
  const [error] = errors;
  expect(error).toBeInstanceOf(ConnectError);
  expect(error).toMatchObject({
    code: "never-opened",
    message: expect.stringContaining("ws://127.0.0.1:9/here has"),
  });
  expect(warn.mock.calls).toEqual([[`mobileim: ${(error as Error).message}`]]);
  expect(im.diagnostics().address).toBe("ws://127.0.0.1:9/here");
  expect(JSON.stringify(im.diagnostics())).not.toContain("secret");
});

test("what the host throws is told at once, as the cause, and once until a link opens", async () => {
  const thrown = new Error("SecurityError: an insecure WebSocket");
  const { server, im: whole } = await start();
  whole.close();
  let throws = true;
  const { webSocketTransport } = await import("../src/entries/node.js");
  const open = webSocketTransport((await import("ws")).WebSocket);
  const im = await createClient({
    url: server.url,
    getToken: () => "t",
    transport: (url, events) => {
      if (throws) throw thrown;
      return open(url, events);
    },
  });
  onTestFinished(() => im.close());
  const errors: { cause?: unknown }[] = [];
  im.on("error", (error) => errors.push(error));
  const told = next(im, "error");
  const online = im.login({ userId: "alice" });
  expect(await told).toMatchObject({ code: "never-opened", cause: thrown });
  await next(im, "log", ({ type }) => type === "link-lost");
  throws = false;
  await online;
  expect(errors).toHaveLength(1);
});

test("a transport that gives no connection is one that throws", async () => {
  const { im } = await start(undefined, { transport: (() => undefined) as never });
  const told = next(im, "error");
  void im.login({ userId: "alice" }).catch(() => {});
  expect(await told).toMatchObject({ code: "never-opened", cause: expect.any(TypeError) });
});

test("a server that goes away later is nothing to warn of", async () => {
  const { server, im } = await start();
  const errors = vi.fn();
  im.on("error", errors);
  await im.login({ userId: "alice" });
  let failed = 0;
  const three = new Promise<void>((resolve) => {
    im.on("log", (entry) => {
      if (entry.type === "link-lost" && ++failed === 3) resolve();
    });
  });
  await server.stop();
  await three;
  expect(errors).not.toHaveBeenCalled();
  expect(warn).not.toHaveBeenCalled();
});

test("where the host has no WebSocket, createClient says what to pass", async () => {
  vi.stubGlobal("WebSocket", undefined);
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  const error = await failure(createClient({ url: "ws://127.0.0.1/" }));
  expect(error).toMatchObject({
    code: "no-websocket",
    message: expect.stringContaining("webSocketTransport"),
  });
});

describe("of several addresses", () => {
  /** An address at which nobody answers. */
  async function gone(): Promise<string> {
    const server = await FakeServer.start();
    const { url } = server;
    await server.stop();
    return url;
  }

  test("the first at which somebody answers is used, and the next when that one is gone", async () => {
    const standby = await FakeServer.start();
    onTestFinished(() => standby.stop());
    const nobody = await gone();
    const { server, im } = await start();
    im.close();
    const both = await connectTo(server, { url: [nobody, server.url, standby.url] });
    await both.login({ userId: "alice" });
    const again = next(both, "state", (state) => state === "online");
    await server.stop();
    await again;
    expect(both.diagnostics().state).toBe("online");
  });

  test("the application is told only after all were tried three times", async () => {
    const nobody = [await gone(), await gone()];
    const { im } = await start(undefined, { url: nobody });
    let lost = 0;
    im.on("log", ({ type }) => {
      if (type === "link-lost") lost += 1;
    });
    const told = next(im, "error");
    void im.login({ userId: "alice" }).catch(() => {});
    expect(await told).toMatchObject({ code: "never-opened" });
    expect(lost).toBeGreaterThanOrEqual(6);
  });

  test.each([[[]], [["ws://h/", "http://h/"]], [["ws://h/", 1]], [[["ws://h/"]]]])(
    "%o are none, and createClient says so",
    async (url) => {
      const error = await failure(createClient({ url: url as string[], transport: dead }));
      expect(error).toMatchObject({ argument: "url", code: "bad-argument" });
    },
  );
});
