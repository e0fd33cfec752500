//! Dockerfile and compose.yaml, as far as one can tell without Docker: what linters say, and that the server takes what compose.yaml gives it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { validate } from "dockerfile-utils";
import { parse } from "yaml";

const root = new URL("../../", import.meta.url).pathname;
const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
const compose = parse(readFileSync(join(root, "compose.yaml"), "utf8"));

test("a linter has nothing to say of the Dockerfile", () => {
  assert.deepEqual(validate(dockerfile), []);
});

test("the image's server is no root, and nothing of a build is in it", () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
  assert.match(last, /^USER mobileim$/m);
  assert.doesNotMatch(last, /cargo|rust/);
});

test("a linter has nothing to say of compose.yaml", () => {
  execFileSync(join(import.meta.dirname, "node_modules/.bin/dclint"), ["--max-warnings", "0", join(root, "compose.yaml")], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "inherit", "inherit"],
  });
});

test("the server takes what compose.yaml gives it, with the secrets that the page makes", () => {
  const folder = mkdtempSync(join(tmpdir(), "mobileim-containers-"));
  try {
    const [commands] = /(?<=```sh\n).*?(?=```)/s.exec(readFileSync(join(root, "docs/containers.md"), "utf8"));
    execFileSync("sh", ["-euc", commands], { cwd: folder });
    const { environment, secrets } = compose.services.server;
    const variables = Object.entries(environment).map(([name, value]) => {
      const secret = /^\/run\/secrets\/(.*)/.exec(value)?.[1];
      if (secret === undefined) return [name, value];
      assert.ok(secrets.includes(secret), `${secret} is mounted`);
      return [name, join(folder, compose.secrets[secret].file)];
    });
    const env = { PATH: process.env.PATH, ...Object.fromEntries(variables) };
    const said = execFileSync(process.env.MOBILEIM_SERVER_BIN, ["check"], { cwd: folder, env, encoding: "utf8" });
    assert.match(said, /nothing is wrong/);
    // A variable that the server does not know would be ignored.
    const help = execFileSync(process.env.MOBILEIM_SERVER_BIN, ["--help"], { encoding: "utf8" });
    for (const name of Object.keys(environment)) assert.ok(help.includes(name.replace(/_FILE$/, "")), name);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
