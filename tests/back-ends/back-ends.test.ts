//! The back ends in examples/, with a real server between real clients: the same for each language.
import { execFile, spawnSync } from "node:child_process";
import { type AddressInfo, createServer } from "node:net";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { commandOf, LANGUAGES, surroundings } from "./support/back-end.js";
import { shell } from "./support/pages.js";
import { Stage, signed } from "./support/stage.js";
import { standInForWechat } from "./support/wechat.js";

const run = promisify(execFile);

describe.each(LANGUAGES)("the back end in %s", (language) => {
  test("lets people in with its tokens, and nobody else", async () => {
    const stage = await Stage.begin(language);
    const { backEnd } = stage;
    for (const [user, password] of [
      ["alice", "looking-glass"],
      ["carol", "wonderland"],
      ["", ""],
    ]) {
      expect((await backEnd.post("/login", { user, password })).status).toBe(401);
    }
    const { body } = await backEnd.post("/login", { user: "alice", password: "wonderland" });
    expect(body.expiresAt).toBeGreaterThan(Date.now() + 3_000_000);
    const token = String(body.token);
    await stage.person("alice", token, "bob");
    await backEnd.says("alice is online");

    expect(await stage.refused("bob", token)).toMatch(/1025/);
    expect(await stage.refused("alice", token.slice(0, -2))).toMatch(/1025/);
  });

  test("refuses messages, changes messages, and answers those to the server", async () => {
    const stage = await Stage.begin(language);
    const { backEnd } = stage;
    const bob = await stage.person("bob", await backEnd.token("bob", "the-builder"), "alice");
    const alice = await stage.person("alice", await backEnd.token("alice", "wonderland"), "bob");
    alice.say("hello");
    await bob.sees("alice: hello");
    await alice.sees("✓ bob: hello");
    await backEnd.says("alice to bob: delivered");
    alice.say("what the heck, bob");
    await bob.sees("alice: what the h**k, bob");

    alice.say("buy spam");
    expect(await alice.line("✗ bob: buy spam")).toMatch(/2001/);
    await alice.sees("* the server complains: no spam here (2001)");
    await backEnd.says("alice to bob: refused, by_application");

    alice.say("@0 orders");
    await backEnd.says("alice to the server: orders");
    await alice.sees("server: You have 0 orders");
    alice.say("@0 weather");
    await alice.sees("* the server complains: ask me for orders (2002)");
  });

  test("sends as the server, and knows what became of it", async () => {
    const stage = await Stage.begin(language);
    const { backEnd } = stage;
    const [alices, bobs] = [
      await backEnd.token("alice", "wonderland"),
      await backEnd.token("bob", "the-builder"),
    ];
    const alice = await stage.person("alice", alices, "bob");
    const delivered = { number: 1, outcome: "delivered" };
    expect(await backEnd.post("/orders", { item: "tea" }, alices)).toEqual({ status: 200, body: delivered });
    await alice.sees("server: Order 1 is on its way: tea");
    expect((await backEnd.get("/orders/1", alices)).body).toEqual(delivered);
    // Of another user, nothing is told.
    expect((await backEnd.get("/orders/1", bobs)).body.outcome).toBe("unknown");

    expect((await backEnd.post("/orders", { item: "茶" }, bobs)).body).toEqual({
      number: 2,
      outcome: "stored",
    });
    const bob = await stage.person("bob", bobs, "alice");
    await bob.sees("server: Order 2 is on its way: 茶");
    await backEnd.says("0 to bob: fetched");
    expect((await backEnd.get("/orders/2", bobs)).body.outcome).toBe("delivered");

    for (const token of [undefined, "x", `${alices}A`, unsigned(alices)]) {
      expect((await backEnd.post("/orders", { item: "tea" }, token)).status).toBe(401);
    }
  });

  test.each(["sent", "asked"] as const)(
    "pushes to a phone once for all that waits, with events that are %s",
    async (events) => {
      const stage = await Stage.begin(language, { events });
      const { backEnd } = stage;
      const bobs = await backEnd.token("bob", "the-builder");
      const bob = await stage.person("bob", bobs, "alice");
      const alice = await stage.person("alice", await backEnd.token("alice", "wonderland"), "bob");
      await bob.leave();
      await backEnd.says("bob is offline: logged_out");
      for (const text of ["are you there?", "bob?"]) {
        alice.say(text);
        await alice.sees(`✓ bob: ${text}`);
      }
      await backEnd.says("alice to bob: stored", 2);
      expect(backEnd.count("push to the phone of bob: alice has written")).toBe(1);

      const again = await stage.person("bob", bobs, "alice");
      await again.sees("alice: bob?");
      await backEnd.says("alice to bob: fetched", 2);
      await again.leave();
      await backEnd.says("bob is offline: logged_out", 2);
      alice.say("gone again");
      await backEnd.says("push to the phone of bob: alice has written", 2);
      expect(backEnd.complaints).toEqual([]);
    },
  );

  test("goes on where it was after a restart, when it asks for events", async () => {
    const stage = await Stage.begin(language, { events: "asked" });
    const token = await stage.backEnd.token("alice", "wonderland");
    const alice = await stage.person("alice", token, "bob");
    await stage.backEnd.says("alice is online");
    await stage.backEnd.stop();
    await alice.leave();
    const again = await stage.again(language);
    await again.says("alice is offline: logged_out");
  });

  test("takes webhooks with one of two secrets, and none that is forged, old or garbage", async () => {
    const stage = await Stage.begin(language);
    const { backEnd, secrets } = stage;
    const body = JSON.stringify({
      question: "beforeC2c",
      messages: [
        { from: "alice", to: "bob", fp: "1", typeu: 0, qos: true, content: "spam 垃圾 \u{1F600}" },
        { from: "alice", to: "bob", fp: "2", typeu: 0, qos: true, content: 'heck "\\ \u{1F600}' },
        { from: "alice", to: "bob", fp: "3", typeu: 0, qos: true },
      ],
    });
    const asked = (headers: Record<string, string>, text = body) =>
      backEnd.send("POST", "/im/questions", text, headers);
    for (const secret of secrets) {
      const { status, body: answer } = await asked(signed(body, secret));
      expect(status).toBe(200);
      expect(answer.answers).toEqual([
        { accept: false, code: 2001, reason: "no spam here" },
        { accept: true, content: 'h**k "\\ \u{1F600}' },
        { accept: true },
      ]);
    }
    const [, secret] = secrets;
    const { "webhook-signature": signature, ...rest } = signed(body, secret);
    for (const headers of [
      {},
      rest,
      { ...rest, "webhook-signature": `${signature?.slice(0, -1)}` },
      { ...signed(body, secret), "webhook-timestamp": "1" },
      { ...signed(body, secret), "webhook-timestamp": "now" },
      { ...signed(body, secret), "webhook-id": "another" },
      signed(body, secret, Date.now() - 600_000),
      signed(body, "a secret of somebody else entirely"),
      signed(`${body} `, secret),
    ]) {
      expect((await asked(headers)).status).toBe(401);
    }
    const events = JSON.stringify({ events: [{ id: "1", type: "stored", from: "mallory", to: "bob" }] });
    expect((await backEnd.send("POST", "/im/events", events, {})).status).toBe(401);
    for (const garbage of ["", "{", "[]", '"\\', "[".repeat(100_000)]) {
      const { status } = await asked(signed(garbage, secret), garbage);
      expect([400, 500], garbage.slice(0, 5)).toContain(status);
    }
    const long = "x".repeat(3 * 1024 * 1024);
    // Who is still writing may see no answer but the end of the connection.
    const refused = await asked(signed(long, secret), long).catch(() => undefined);
    expect(refused?.status ?? 413).toBe(413);
    // An event that comes twice is one.
    const twice = JSON.stringify({ events: [1, 2].map(() => ({ id: "2", type: "online", user: "dora" })) });
    for (const _ of [1, 2]) {
      expect((await backEnd.send("POST", "/im/events", twice, signed(twice, secret))).status).toBe(200);
    }
    expect(backEnd.count("dora is online")).toBe(1);
    expect(backEnd.count("mallory to bob: stored")).toBe(0);
  });

  test("lets a user of a mini-program in whom WeChat's server knows", async () => {
    const wechat = await standInForWechat();
    const stage = await Stage.begin(language, { variables: wechat.variables });
    const { backEnd } = stage;
    const { status, body } = await backEnd.post("/login/wechat", { code: "code of carol" });
    expect(status).toBe(200);
    await stage.person("wx-openid-of-carol", String(body.token), "alice");
    expect((await backEnd.post("/login/wechat", { code: "another" })).status).toBe(401);
    expect((await backEnd.post("/login/wechat", { code: "busy" })).status).toBe(500);
  });

  test("answers to the commands that its page prints", async () => {
    const { backEnd } = await Stage.begin(language);
    const commands = shell("examples/README.md").find((block) => block.includes("/orders"));
    const here = `${commands}`.replaceAll("http://127.0.0.1:9000", backEnd.url);
    const env = surroundings({});
    const { stdout, stderr } = await run("sh", ["-euc", here], { env });
    expect(stderr).toBe("");
    const answers = stdout.split(/(?<=})/).map((answer) => JSON.parse(answer));
    const stored = { number: 1, outcome: "stored" };
    expect(answers).toEqual([stored, stored]);
  });

  test("says what is wrong: no secret, a port that is taken, and a server that is not there", async () => {
    const { program, args, cwd } = commandOf(language);
    const complete = { JWT_SECRET: "a secret of at least 32 bytes, yes", WEBHOOK_SECRETS: "s", IM_KEY: "k" };
    for (const missing of ["JWT_SECRET", "WEBHOOK_SECRETS", "IM_KEY"]) {
      const env = surroundings({ ...complete, [missing]: "" });
      const { status, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
      expect(stderr).toBe(`${missing} is not set: README.md says what it is\n`);
      expect(status).toBe(2);
    }
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const env = surroundings({ ...complete, PORT: String(port) });
    const { status: end, stderr: why } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
    expect([end, why]).toEqual([1, expect.stringMatching(/^cannot listen: .*in use.*\n$/)]);

    const stage = await Stage.begin(language, { variables: { IM_API: "http://127.0.0.1:9/api/v1" } });
    const token = await stage.backEnd.token("alice", "wonderland");
    const { status, body } = await stage.backEnd.post("/orders", { item: "tea" }, token);
    expect([status, body]).toEqual([502, { error: "this does not work at present" }]);
    expect((await stage.backEnd.get("/nowhere", token)).status).toBe(404);
  });
});

/** A token whose signature is gone, and that says so. */
function unsigned(token: string): string {
  const header = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
  return `${header}.${token.split(".")[1]}.`;
}
