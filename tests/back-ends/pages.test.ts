//! What the pages about back ends print: files of the examples as they are, and back ends and scripts that do what is said of them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { describe, expect, onTestFinished, test } from "vitest";
import { Program } from "../support/program.js";
import { EXAMPLES, surroundings } from "./support/back-end.js";
import { examples, file } from "./support/pages.js";
import { Stage, signed, temporaryFolder } from "./support/stage.js";
import { standInForWechat } from "./support/wechat.js";

/** The files of the back ends, by name. */
const files = new Map(
  ["backend-node", "backend-python", "backend-java/src"].flatMap((folder) =>
    readdirSync(join(EXAMPLES, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, readFileSync(join(EXAMPLES, folder, name), "utf8")] as const),
  ),
);

test.each([
  ["docs/tokens.md", ["tokens.mjs", "tokens.py", "Tokens.java"]],
  ["docs/webhooks.md", ["Webhooks.java"]],
])("%s and its Chinese version print files of the back ends as they are", (page, names) => {
  for (const path of [page, page.replace(".md", ".zh.md")]) {
    const printed = examples(path).filter((example) => example.file !== undefined && files.has(example.file));
    expect(printed.map((example) => example.file)).toEqual(names);
    for (const example of printed) expect(example.text).toBe(files.get(example.file ?? ""));
  }
});

test("the back end in PHP that the page prints decides about messages that are signed", async () => {
  const [text, same] = ["docs/webhooks.md", "docs/webhooks.zh.md"].map((page) => file(page, "before.php"));
  expect(same).toBe(text);
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "before.php"), String(text));
  const secret = "a secret of at least 24 bytes";
  // PHP says where it listens to standard error alone.
  const command = 'php -S 127.0.0.1:0 before.php 2>&1 | sed -u "s/^/php: /"';
  const php = new Program("sh", ["-c", command], {
    cwd,
    env: surroundings({ WEBHOOK_SECRET: secret }),
    group: true,
  });
  onTestFinished(async () => {
    await php.stop();
  });
  const [url] = /http:\/\/\S+[^)\s]/.exec(await php.line((line) => line.includes("started"))) ?? [];
  const messages = ["hi", "buy spam", "what the heck \u{1F600}"].map((content) => ({
    from: "alice",
    to: "bob",
    content,
  }));
  messages.push({ from: "alice", to: "nobody-yet", content: "later" });
  const body = JSON.stringify({ question: "beforeC2c", messages });
  const ask = (headers: Record<string, string>) => fetch(`${url}`, { method: "POST", body, headers });
  const answer = await ask(signed(body, secret));
  expect(await answer.json()).toEqual({
    answers: [
      { accept: true },
      { accept: false, code: 2001, reason: "no spam, alice" },
      { accept: true, content: "what the h**k \u{1F600}" },
      { accept: false, retryAfter: 5000 },
    ],
  });
  for (const headers of [{}, signed(`${body} `, secret), signed(body, secret, 0)]) {
    expect((await ask(headers)).status).toBe(401);
  }
});

describe.each(["docs/tokens.md", "docs/tokens.zh.md"])("the scripts of %s", (page) => {
  test("get a token for a password, and say why there is none", async () => {
    const stage = await Stage.begin("node");
    const field = { value: "wonderland" };
    const exported = run(stage, file(page, "token.js"), {
      document: { forms: { login: { password: field } } },
    });
    const token = await exported.getToken?.("alice");
    await stage.person("alice", String(token), "bob");
    field.value = "looking-glass";
    await expect(exported.getToken?.("alice")).rejects.toThrow("no token: 401");
  });

  test.each([
    ["services/token.js", "wx"],
    ["src/token.js", "uni"],
  ])("get a token from %s for the code of a mini-program", async (name, host) => {
    const wechat = await standInForWechat();
    const stage = await Stage.begin("node", { variables: wechat.variables });
    let code = "code of carol";
    const exported = run(stage, file(page, name), {
      [host]: {
        login: ({ success }: Callbacks) => success({ code }),
        request: ({ url, method, data, success, fail }: Callbacks & Request) => {
          const sent = {
            method,
            body: JSON.stringify(data),
            headers: { "content-type": "application/json" },
          };
          fetch(url, sent)
            .then(async (response) => success({ statusCode: response.status, data: await response.json() }))
            .catch(fail);
        },
      },
    });
    const answer = await exported.signIn?.();
    expect(answer).toMatchObject({ user: "wx-openid-of-carol" });
    const { user, token } = answer as { user: string; token: string };
    await stage.person(user, token, "alice");
    expect(await exported.getToken?.()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    code = "another";
    await expect(exported.getToken?.()).rejects.toThrow("no token: 401");
  });
});

interface Callbacks {
  success: (result: object) => void;
  fail: (error: unknown) => void;
}

interface Request {
  url: string;
  method: string;
  data: object;
}

type Exported = Record<string, ((user?: string) => Promise<unknown>) | undefined>;

/** Runs a script beside what its host has, with the back end in place of the one that it names, and gives what it exports. */
function run(stage: Stage, script: string, host: object): Exported {
  const here = script.replaceAll("https://app.example.com", stage.backEnd.url);
  // As a bundler does with what a module exports.
  const names = [...here.matchAll(/^export (?:async )?(?:function|const) (\w+)/gm)].map(([, name]) => name);
  const bare = here.replaceAll(/^export /gm, "");
  const exports: Exported = {};
  runInNewContext(`${bare}\n${names.map((name) => `exports.${name} = ${name}`).join("\n")}`, {
    exports,
    fetch,
    ...host,
  });
  return exports;
}
