//! The commands of docs/troubleshooting.md, with a server, a message that waits and one that has come.
import { expect, test } from "vitest";
import { readPage, shell } from "./support/pages.js";
import { Stage } from "./support/stage.js";

test("the commands for trouble say what the page promises", async () => {
  const stage = await Stage.begin("node");
  const bobs = await stage.backEnd.token("bob", "the-builder");
  const alices = await stage.backEnd.token("alice", "wonderland");
  const alice = await stage.person("alice", alices, "bob");
  alice.say("are you there?");
  await alice.sees("✓ bob: are you there?");
  await stage.backEnd.says("alice to bob: stored");
  expect(await stage.refused("bob", alices)).toMatch(/1025/);
  await stage.logs('cause="code 1025 for user \\"bob\\": the token is another user\'s"');

  const said = new Map<string, string>();
  const tell = async (blocks: string[]) => {
    for (const block of blocks) said.set(block, await stage.operate(block));
  };
  const of = (part: string) => [...said].find(([block]) => block.includes(part))?.[1] ?? "";

  const [makesKey, , ...blocks] = shell("docs/troubleshooting.md");
  expect(shell("docs/troubleshooting.zh.md")).toEqual(shell("docs/troubleshooting.md"));
  await stage.operate(`${makesKey}`);
  await stage.reload();
  const waiting = JSON.parse(
    await stage.operate('curl -s "$API/api/v1/users/bob/waiting" -H "Authorization: Bearer $KEY"'),
  );
  stage.variables.FP = waiting.messages[0].fp;
  const bob = await stage.person("bob", bobs, "alice");
  await bob.sees("alice: are you there?");
  await stage.backEnd.says("alice to bob: fetched");
  await tell(blocks);

  expect(of("readyz")).toMatch(/nothing is wrong.*ok.*mobileim_sessions\{transport="tcp"\} 2/s);
  expect(of("Upgrade")).toBe("101\n");
  const [token = ""] = /^[\w-]+\.[\w-]+\.[\w-]+$/m.exec(of("mobileim-server token")) ?? [];
  expect(token).not.toBe("");
  expect(of("users/bob/sessions")).toMatch(/"transport":"tcp".*"type":"online"/s);
  const explained = of("mobileim-server explain");
  expect(explained).toMatch(
    /bob: stored.*acknowledged by its receiver after it was stored.*now {2}bob: delivered/s,
  );
  expect(explained).toMatch(/"sessions":\[\{.*"messages":\[\]/s);
  expect(of("mobileim_(delivery")).toMatch(/^mobileim_store_transaction_seconds_count \d+$/m);
  expect(of("retransmissions")).toMatch(/^process_cpu_seconds_total /m);
  expect(of("consumers")).toMatch(
    /"name":"webhook".*"webhook":\{"requests":\{[^}]*"taken":[1-9].*mobileim_events_recorded_total/s,
  );
  const signature = of("openssl dgst").trim();
  for (const page of ["docs/troubleshooting.md", "docs/troubleshooting.zh.md"]) {
    expect(readPage(page)).toContain(`\`${signature}\``);
  }
});
