import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { failure, next, start } from "./support/client.js";
import { obliging } from "./support/fake-server.js";

test("diagnostics tell what happened, by fingerprints and codes, and no texts or tokens", async () => {
  const { server, im } = await start((session, message, number) => {
    if (message.dataContent !== "refuse this") return obliging(session, message, number);
    const dataContent = JSON.stringify({ errorCode: 1400, errorMsg: JSON.stringify(message) });
    session.send({ type: 52, dataContent, from: "0", to: "alice" });
  });
  expect(im.diagnostics()).toEqual({
    version: JSON.parse(await readFile("package.json", "utf8")).version,
    server: undefined,
    address: server.url,
    host: "node",
    agent: globalThis.navigator?.userAgent ?? `Node.js ${process.version}`,
    device: undefined,
    state: "offline",
    userId: undefined,
    role: "alone",
    link: 0,
    pending: 0,
    log: [],
  });
  const began = Date.now();
  await im.login({ userId: "alice", token: "the-token" });
  await im.send("bob", "private", { fp: "m1" });
  await failure(im.send("bob", "refuse this", { fp: "m2" }));
  const waiting = next(im, "state", (state) => state === "waiting");
  const session = await server.session(0);
  im.on("message", () => {});
  session.send({ type: 2, dataContent: "private too", from: "bob", to: "alice", fp: "m3", QoS: true });
  session.close();
  await waiting;
  const pending = failure(im.send("bob", "waits", { fp: "m4" }));
  const told = im.diagnostics();
  expect(told).toMatchObject({ state: "connecting", userId: "alice", role: "alone", link: 2, pending: 1 });
  expect(told.log.every(({ at }) => at >= began && at <= Date.now())).toBe(true);
  expect(told.log.map(({ at: _, ...entry }) => entry)).toEqual([
    { type: "state", state: "connecting" },
    { type: "state", state: "logging-in" },
    { type: "state", state: "online" },
    { type: "logged-in", firstLoginTime: 1_795_176_857_455, reconnect: false },
    { type: "sent", fp: "m1" },
    { type: "delivered", fp: "m1" },
    { type: "sent", fp: "m2" },
    { type: "lost", fp: "m2", reason: "refused", code: 1400 },
    { type: "received", fp: "m3" },
    { type: "link-lost", reason: "disconnected" },
    { type: "state", state: "waiting" },
    { type: "sent", fp: "m4" },
    { type: "state", state: "connecting" },
  ]);
  expect(JSON.parse(JSON.stringify(told))).toEqual(told);
  expect(JSON.stringify(told)).not.toMatch(/private|token/);
  im.close();
  await pending;
  expect(im.diagnostics()).toMatchObject({ state: "closed", pending: 0 });
});

test("diagnostics tell of the last 200 things, and nothing older", async () => {
  const { im } = await start();
  await im.login({ userId: "alice" });
  for (let i = 0; i < 300; i += 1) await im.send("bob", "hi", { fp: `m${i}` });
  const { log } = im.diagnostics();
  expect(log).toHaveLength(200);
  expect(log[0]).toMatchObject({ type: "sent", fp: "m200" });
  expect(log.at(-1)).toMatchObject({ type: "delivered", fp: "m299" });
});

test("the server's version is told where it tells it", async () => {
  const { im } = await start((session) => {
    const dataContent = JSON.stringify({ code: 0, firstLoginTime: 1, server: "mobileim/9.9" });
    session.send({ type: 50, dataContent, from: "0", to: "alice" });
  });
  await im.login({ userId: "alice" });
  const { server, log } = im.diagnostics();
  expect(server).toBe("mobileim/9.9");
  expect(log).toContainEqual(expect.objectContaining({ type: "logged-in", server: "mobileim/9.9" }));
});
