import { beforeAll, describe, expect, test, vi } from "vitest";
import type { ClientOptions } from "../src/client/options.js";
import { Utf8Decoder, Utf8Encoder } from "../src/miniprogram/utf8.js";
import type { Answer, FakeSession } from "./support/fake-server.js";

type Support = typeof import("./support/client.js");

/** The engine and its glue, which is made for the codecs that are there when it is loaded. */
const FORMS: Record<string, () => Promise<Partial<ClientOptions>>> = {
  "as WebAssembly": async () => ({}),
  "as JavaScript": async () => ({ wasm: (await import("../src/entries/wasm2js.js")).instantiate }),
  "in a mini-program": async () => {
    vi.stubGlobal("TextDecoder", Utf8Decoder);
    vi.stubGlobal("TextEncoder", Utf8Encoder);
    return {};
  },
};

/** Takes what is sent alone, or several in a frame. */
const ANSWERS: Record<string, Answer> = {
  "one by one": answering(undefined),
  together: answering(60_000),
};

function answering(maxBatch: number | undefined): Answer {
  return (session, message) => {
    if (message.type === 0) session.answerLogin(0, maxBatch);
    if (message.type === 2) session.acknowledge(message);
  };
}

/** Of ASCII, and with another character first, in the middle and last. */
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

describe.each(Object.keys(FORMS))("the engine %s", (form) => {
  let support: Support;
  let options: Partial<ClientOptions> | undefined;

  beforeAll(async () => {
    vi.resetModules();
    options = await FORMS[form]?.();
    support = await import("./support/client.js");
    vi.unstubAllGlobals();
  });

  async function logIn(answer = ANSWERS["one by one"]) {
    const { server, im } = await support.start(answer, options);
    await im.login({ userId: "alice" });
    return { im, session: await server.session(0) };
  }

  /** What the client shows of these texts, when the server has sent them. */
  async function shown(im: Awaited<ReturnType<typeof logIn>>["im"], texts: string[], send: () => void) {
    const all: string[] = [];
    im.on("message", ({ text }) => all.push(text));
    const last = support.next(im, "message", () => all.length === texts.length);
    send();
    await last;
    return all;
  }

  const messages = (texts: string[]) =>
    texts.map((dataContent, at) => ({
      type: 2,
      dataContent,
      from: "bob",
      to: "alice",
      fp: `f${at}`,
      QoS: true,
    }));

  const contents = (session: FakeSession) =>
    session.received.filter(({ type }) => type === 2).map(({ dataContent }) => dataContent);

  test.each(Object.keys(ANSWERS))(
    "passes a text of any length and any characters as it is, %s",
    async (how) => {
      const { im, session } = await logIn(ANSWERS[how]);
      await Promise.all(TEXTS.map((text) => im.send("bob", text)));
      expect(contents(session)).toEqual(TEXTS);

      const send = () => {
        if (how === "together") session.sendBatch(messages(TEXTS));
        else for (const message of messages(TEXTS)) session.send(message);
      };
      expect(await shown(im, TEXTS, send)).toEqual(TEXTS);
    },
  );

  // Which has 192 KB at first.
  test("passes a text for which the memory must grow as it is", async () => {
    const { im, session } = await logIn();
    const texts = [300_000, 2_000_000].flatMap((length) =>
      ["x", "é", "好", "😀"].flatMap((one) => [one + "x".repeat(length), "x".repeat(length) + one]),
    );
    const send = () => {
      for (const message of messages(texts)) session.send(message);
    };
    expect((await shown(im, texts, send)).map((text, at) => text === texts[at])).toEqual(
      texts.map(() => true),
    );
  });

  test("passes user ids and fingerprints of any characters", async () => {
    const { server, im } = await support.start(undefined, options);
    await im.login({ userId: "爱丽丝" });
    const session = await server.session(0);
    const fp = "отпечаток-😀";
    expect(await im.send("鲍勃é", "hi", { fp })).toEqual({ fp });
    expect(await session.next(2)).toMatchObject({ from: "爱丽丝", to: "鲍勃é", fp });
    const told = support.next(im, "message");
    session.send({ type: 2, dataContent: "hi", from: "鲍勃é", to: "爱丽丝", fp, QoS: true });
    expect(await told).toMatchObject({ from: "鲍勃é", to: "爱丽丝", fp });
    await session.acknowledged(fp);
  });

  // What the engine is built with for pages is not what its own tests are built with.
  test("reads numbers and texts in any form that they are written in", async () => {
    const { im, session } = await logIn();
    const typeus = ["7", "7.0", "70e-1", "0.7E+1", '"7"', '"+7.00"'];
    const told = support.next(im, "message", ({ text }) => text === "last");
    const all: unknown[] = [];
    im.on("message", ({ from, text, typeu, fp }) => all.push([from, text, typeu, fp]));
    const send = (text: string, typeu: string, fp: string) =>
      session.sendText(
        `{"x":[2.5,-1e-3],"type":2.0,"from":1001,"to":"alice","QoS":"true","dataContent":${text},"typeu":${typeu},"fp":${fp}}`,
      );
    for (const [at, typeu] of typeus.entries()) send("1.50", typeu, `${at}`);
    send('"last"', "0", '"f"');
    await told;
    expect(all).toEqual([...typeus.map((_, at) => ["1001", "1.50", 7, `${at}`]), ["1001", "last", 0, "f"]]);
  });

  test("replaces half a character, which no UTF-8 has", async () => {
    const { im, session } = await logIn();
    const rests = ["", "a", "x".repeat(299), "x".repeat(300), "x".repeat(400)];
    for (const half of ["\ud83d", "\ude00"])
      for (const rest of rests) {
        await im.send("bob", half + rest);
        expect(session.received.at(-1)?.dataContent).toBe(`\ufffd${rest}`);
        await im.send("bob", rest + half);
        expect(session.received.at(-1)?.dataContent).toBe(`${rest}\ufffd`);
      }
  });

  test("gives no two fingerprints that are alike, many as they are", async () => {
    const { im } = await logIn();
    const all = Array.from({ length: 100 }, () => im.newFingerprint());
    expect(new Set(all).size).toBe(100);
    for (const fp of all)
      expect(fp).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
