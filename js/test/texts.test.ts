import { expect, test } from "vitest";
import { next, start } from "./support/client.js";

/** Of ASCII, and with a character that takes more bytes first, in the middle and last. */
function textsOf(length: number): string[] {
  const ascii = "x".repeat(length);
  if (length === 0) return [ascii];
  const middle = Math.floor(length / 2);
  return [
    ascii,
    ...["é", "好", "😀", "\0", "\u007f", "\u0080", "\ufeff"].flatMap((one) =>
      [0, middle, length - 1].map((at) => ascii.slice(0, at) + one + ascii.slice(at + 1)),
    ),
  ];
}

// Around the lengths at which the glue goes another way: 256 bytes out of the engine, 300 characters into it.
const TEXTS = [0, 1, 2, 63, 64, 65, 254, 255, 256, 257, 298, 299, 300, 301, 5000].flatMap(textsOf);

test("a text of any length and any characters goes out and comes in as it is", async () => {
  const { server, im } = await start();
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  const sent = TEXTS.map((text) => im.send("bob", text));
  await Promise.all(sent);
  const out = session.received.filter(({ type }) => type === 2).map(({ dataContent }) => dataContent);
  expect(out).toEqual(TEXTS);

  const shown: string[] = [];
  im.on("message", ({ text }) => shown.push(text));
  const last = next(im, "message", ({ fp }) => fp === "last");
  for (const [at, dataContent] of [...TEXTS, ""].entries()) {
    const fp = at < TEXTS.length ? `f${at}` : "last";
    session.send({ type: 2, dataContent, from: "bob", to: "alice", fp, QoS: true });
  }
  await last;
  expect(shown).toEqual([...TEXTS, ""]);
});

test("user ids and fingerprints may have any characters too", async () => {
  const { server, im } = await start();
  await im.login({ userId: "爱丽丝" });
  const session = await server.session(0);
  const fp = "отпечаток-😀";
  expect(await im.send("鲍勃é", "hi", { fp })).toEqual({ fp });
  expect(await session.next(2)).toMatchObject({ from: "爱丽丝", to: "鲍勃é", fp });
  const told = next(im, "message");
  session.send({ type: 2, dataContent: "hi", from: "鲍勃é", to: "爱丽丝", fp, QoS: true });
  expect(await told).toMatchObject({ from: "鲍勃é", to: "爱丽丝", fp });
  await session.acknowledged(fp);
});

test("half a character, which no UTF-8 has, goes out as the character that replaces it", async () => {
  const { server, im } = await start();
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  const long = "x".repeat(400);
  for (const half of ["\ud83d", "\ude00"])
    for (const rest of ["", "a", long]) {
      await im.send("bob", half + rest);
      expect(session.received.at(-1)?.dataContent).toBe(`\ufffd${rest}`);
      await im.send("bob", rest + half);
      expect(session.received.at(-1)?.dataContent).toBe(`${rest}\ufffd`);
    }
});

test("no two fingerprints are alike, many as they are", async () => {
  const { im } = await start();
  await im.login({ userId: "alice" });
  const all = Array.from({ length: 100 }, () => im.newFingerprint());
  expect(new Set(all).size).toBe(100);
  for (const fp of all)
    expect(fp).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
