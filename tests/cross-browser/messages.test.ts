//! Messages of a page, to and from people elsewhere.
import { expect, test } from "vitest";
import { Terminal } from "../support/terminal.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();

test("a page and a terminal over UDP chat", async () => {
  const bob = await Terminal.chat(stage.server, "bob", "alice");
  const alice = await stage.user("alice");
  bob.say("Hello page");
  await alice.hears(1);
  await bob.shows("✓ alice: Hello page");
  expect(await alice.run(() => told.filter(({ type }) => type === "message"))).toMatchObject([
    { event: { from: "bob", to: "alice", text: "Hello page", fp: expect.any(String) } },
  ]);
  await alice.run(() => im.send("bob", "Hello terminal"));
  await bob.shows("alice: Hello terminal");
  await bob.leave();
});

/** Every kind of text, given as code units, since WebDriver and its drivers have their own ways with some. */
const TEXTS = Object.entries({
  "Chinese and Japanese": "你好，世界。今日は、元気？",
  "emoji of several code points": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇨🇳 é",
  "letters beyond the first plane": "𠮷野家 𝒳 \u{10ffff}",
  "right to left": "שלום עולם مرحبا",
  "every control character": Array.from({ length: 33 }, (_, code) => String.fromCharCode(code)).join(""),
  "what JSON and HTML escape": "\"\\/'<script>&amp;</script>\u2028\u2029\u007f\ufeff\ufffe",
  "nothing at all": "",
  "JSON in a text": '{"type":2,"dataContent":"no"}',
  "many characters": "长文本，".repeat(2000),
}).map(
  ([name, text]) => [name, Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))] as const,
);

test("a text comes back from another client unit by unit, whatever is in it", async () => {
  const carol = await stage.peer("carol");
  carol.im.on("message", ({ from, text }) => void carol.im.send(from, text));
  const page = await stage.user("dave");
  for (const [name, units] of TEXTS) {
    const back = await page.run(async (units) => {
      const came = new Promise<string>((resolve) => {
        const stop = im.on("message", ({ text }) => {
          stop();
          resolve(text);
        });
      });
      await im.send("carol", String.fromCharCode(...units));
      const text = await came;
      return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
    }, units);
    expect(back, name).toEqual(units);
  }
});

test("half of a surrogate pair, which is no text, arrives as the character that stands for it", async () => {
  const erin = await stage.peer("erin");
  const page = await stage.user("frank");
  await page.run(() => im.send("erin", "before \ud83d after"));
  await erin.hears(1);
  expect(erin.texts).toEqual(["before \ufffd after"]);
});

test("a message that is too long is refused with what there is to know about it", async () => {
  const page = await stage.user("grace");
  const refused = await page.run(async () => {
    try {
      await im.send("heidi", "x".repeat(100_000));
      return "sent";
    } catch (error) {
      const { code, fp, retry } = error as InstanceType<typeof mobileim.SendError>;
      return { isSendError: error instanceof mobileim.SendError, code, retry, fp: typeof fp };
    }
  });
  expect(refused).toEqual({ isSendError: true, code: "too-long", retry: false, fp: "string" });
});

test("messages to somebody who is offline wait, and arrive in order when they come", async () => {
  const page = await stage.user("ivan");
  const texts = Array.from({ length: 50 }, (_, at) => `${at} for later`);
  await page.run((texts) => Promise.all(texts.map((text) => im.send("judy", text))), texts);
  const judy = await stage.peer("judy");
  await judy.hears(texts.length);
  expect(judy.texts).toEqual(texts);
});

test("what is sent before the first login goes out with it, in order", async () => {
  const mike = await stage.peer("mike");
  const page = await stage.page();
  await page.run(async (url) => {
    await start({ url, getToken: () => "a-token" });
    const login = im.login({ userId: "niaj" });
    await Promise.all([login, ...["one", "two", "three"].map((text) => im.send("mike", text))]);
  }, stage.url);
  await mike.hears(3);
  expect(mike.texts).toEqual(["one", "two", "three"]);
});
