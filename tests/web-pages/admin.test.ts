//! The admin page, as an operator uses it.
import { expect, onTestFinished, test } from "vitest";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Terminal } from "../support/terminal.js";
import { AdminPage, EVERYTHING, Keys } from "./support/admin-page.js";

const keys = new Keys();
const all = keys.make(EVERYTHING);
const readsUsers = keys.make("users:read");
const readsServer = keys.make("server:read");
const stage = new Stage(undefined, keys.server(["--data-dir", keys.folder("data"), "--events-types", "all"]));
const { server } = stage;

const open = (key = all) => AdminPage.signIn(stage.browser, server, key, DESKTOP);

/** A user who is online until the test ends. */
async function online(user: string, peer: string): Promise<Terminal> {
  const terminal = await Terminal.chat(server, user, peer);
  onTestFinished(() => terminal.leave());
  return terminal;
}

test("only who has a key comes in, and the key stays in the tab", async () => {
  const admin = await AdminPage.open(stage.browser, server, DESKTOP);
  const { page } = admin;
  expect(page.url()).toBe(`${server.page}admin/`);
  await admin.submit("mim_wrong");
  await page.getByText("The server doesn’t know this key.").waitFor();
  await admin.submit(`${all}\n`);
  await admin.heading("Overview").waitFor();
  await page.reload();
  await admin.heading("Overview").waitFor();
  const kept = await page.evaluate(() => [
    JSON.stringify({ ...localStorage }),
    document.cookie,
    location.href,
  ]);
  expect(kept.filter((text) => text.includes(all))).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await tab.getByLabel("API key").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API key").waitFor();
  await page.reload();
  await page.getByLabel("API key").waitFor();
});

test("the page asks nobody but its server, and does nothing that its policy forbids", async () => {
  const admin = await open();
  for (const [view, heading] of [
    ["Users", "Who is online"],
    ["Messages", "Messages"],
    ["Events", "Events"],
    ["Webhooks", "Webhooks"],
    ["Configuration", "Configuration"],
  ] as const)
    await admin.choose(view, heading);
  await admin.openUser("alice");
  await admin.page.getByRole("button", { name: "Language and appearance" }).click();
  await admin.page.getByLabel("Dark").check();
  expect(admin.elsewhere).toEqual([]);
  expect(admin.complaints).toEqual([]);
  const answer = await admin.page.request.get(`${server.page}admin/`);
  expect(answer.headers()["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self';/);
});

test("the overview shows sessions, messages and how long they took, as it happens", async () => {
  const admin = await open();
  const alice = await online("alice", "bob");
  const bob = await online("bob", "alice");
  const sessions = admin.page.getByRole("img", { name: /^Sessions now over.*udp 2/ });
  await sessions.waitFor();
  alice.say("hello");
  await bob.shows("alice: hello");
  await admin.part("Since the start").getByText("delivered").waitFor();
  await admin.page.getByRole("img", { name: /^Time to delivery.*99 % [\d.]+ ms/ }).waitFor();
  await admin.part("Store").getByText("Free on disk").waitFor();
  await alice.leave();
  await bob.leave();
  await admin.page.getByRole("img", { name: /^Sessions now over.*udp 0/ }).waitFor();
});

test("one looks for who is online, sees from where, and ends the session", async () => {
  const admin = await open();
  const { page } = admin;
  const carol = await online("carol/1", "dan");
  await online("dan", "carol/1");
  await admin.choose("Users", "Who is online");
  await page.getByRole("link", { name: "dan" }).waitFor();
  await page.getByLabel("User ID, or how it begins").fill("car");
  await expect.poll(() => page.locator(".users a").allTextContents()).toEqual(["carol/1"]);
  await page.getByLabel("User ID, or how it begins").fill("dan");
  await expect.poll(() => page.locator(".users a").allTextContents()).toEqual(["dan"]);
  await page.getByLabel("User ID, or how it begins").fill("nobody");
  await page.getByText("Nobody whose ID begins with “nobody” is online.").waitFor();
  await page.getByLabel("User ID, or how it begins").fill("");
  await page.getByRole("link", { name: "carol/1" }).click();
  await admin.heading("carol/1").waitFor();
  const sessions = admin.part("Sessions");
  await sessions.getByText("udp").waitFor();
  await sessions.getByText("127.0.0.1:").waitFor();
  await sessions.getByRole("button", { name: "End session: " }).click();
  const dialog = page.getByRole("alertdialog", { name: "End sessions of carol/1?" });
  await dialog.getByLabel("Code").fill("3");
  await dialog.getByRole("button", { name: "End", exact: true }).click();
  await sessions.getByText(/The server answered 400: .*1025/).waitFor();
  await sessions.getByRole("button", { name: "End all sessions" }).click();
  await dialog.getByLabel("Code").fill("2001");
  await dialog.getByLabel("Reason").fill("spam");
  await dialog.getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("status").getByText("1 session ended").waitFor();
  await sessions.getByText("Offline.").waitFor();
  await carol.shows("* kicked");
});

test("a message is sent, arrives, and what became of it is told", async () => {
  const admin = await open();
  const { page } = admin;
  const erin = await online("erin", "frank");
  await admin.openUser("erin");
  const form = admin.part("Send a message to erin");
  await form.getByLabel("Text").fill("from the admin page");
  await form.getByLabel("Fingerprint").fill("notice/1");
  await form.getByRole("button", { name: "Send" }).click();
  await erin.shows("server: from the admin page");
  await form.getByRole("link", { name: "notice/1" }).click();
  await admin.heading("Messages").waitFor();
  await page.locator(".result").getByText("Delivered", { exact: true }).waitFor();
  await page.locator(".steps").getByText("erin acknowledged by its receiver").waitFor();
  expect(await page.locator(".steps li").allTextContents()).toEqual([
    expect.stringContaining("erin received"),
    expect.stringMatching(/erin sent \(Session \d+\)/),
    expect.stringContaining("erin acknowledged"),
  ]);
});

test("what waits for a user is shown, with its text if one wants it, and taken away", async () => {
  const admin = await open();
  const { page } = admin;
  await admin.choose("Messages");
  const form = admin.part("Send a message");
  await form.getByLabel("To", { exact: true }).fill("gina, hugo");
  for (const fp of ["w-1", "w-2"]) {
    await form.getByLabel("Text").fill(`waits as ${fp}`);
    await form.getByLabel("Fingerprint").fill(fp);
    await form.getByRole("button", { name: "Send" }).click();
    await form.getByRole("link", { name: fp }).waitFor();
  }
  await admin.openUser("gina");
  const waiting = admin.part("What waits");
  await waiting.getByRole("heading", { name: "w-2" }).waitFor();
  await waiting.getByLabel("Show texts").check();
  await waiting.getByText("waits as w-1").waitFor();
  await waiting.getByRole("button", { name: "Remove: w-1" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("status").getByText("1 message removed").waitFor();
  await waiting.getByRole("heading", { name: "w-1" }).waitFor({ state: "detached" });
  await waiting.getByRole("button", { name: "Remove all that waits" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await waiting.getByText("Nothing waits.").waitFor();
});

test("the configuration is shown as it is, where it was set, and without secrets", async () => {
  const admin = await open();
  await admin.choose("Configuration");
  const general = admin.part("general");
  await general.getByText("data-dir", { exact: true }).waitFor();
  await general.getByText(keys.folder("data")).waitFor();
  await general.getByText("--data-dir <DIR>").waitFor();
  await admin.page.getByLabel("Filter").fill("jwt-secret");
  await admin.part("auth").getByText("not set (secret)").waitFor();
  await admin.page.getByLabel("Filter").fill("");
  await admin.page.getByLabel("Only what is set").check();
  await admin.part("limits").waitFor({ state: "detached" });
  await admin.part("api").getByText("keys-file", { exact: true }).waitFor();
});

test("events are shown as they happen, by type and user, and wait while one pauses", async () => {
  const admin = await open();
  const { page } = admin;
  const list = page.getByRole("list", { name: "Events" }).getByRole("listitem");
  await admin.choose("Events");
  const leo = await online("leo", "mia");
  await list.filter({ hasText: "online" }).filter({ hasText: "leo" }).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  leo.say("while one pauses");
  await leo.shows("✓");
  expect(await list.filter({ hasText: "leo → mia" }).count()).toBe(0);
  await page.getByRole("button", { name: "Go on" }).click();
  await list.filter({ hasText: "leo → mia" }).filter({ hasText: "stored" }).waitFor();
  await page.getByLabel("Type").selectOption("stored");
  await page.getByLabel("User ID, or how it begins").fill("le");
  await expect.poll(() => list.count()).toBe(1);
  await list.getByRole("link", { name: "mia" }).click();
  await admin.heading("mia").waitFor();
  await admin.choose("Webhooks");
  await admin.part("Who reads events").getByText("Nobody reads events.").waitFor();
});

test("a server that records no events says so", async () => {
  const own = keys.server();
  await own.start();
  onTestFinished(async () => {
    await own.stop();
  });
  const admin = await AdminPage.signIn(stage.browser, own, all, DESKTOP);
  await admin.choose("Events");
  await admin.page.getByText("no events are recorded: events.types says which are").waitFor();
});

test("a back end that does not answer is told, with what came of it", async () => {
  const secret = "a secret of more than 24 bytes";
  const webhook = ["--webhooks-before-c2c", "http://127.0.0.1:1/", "--webhooks-secret", secret];
  const own = keys.server([...webhook, "--webhooks-before-c2c-on-failure", "allow"]);
  await own.start();
  onTestFinished(async () => {
    await own.stop();
  });
  const admin = await AdminPage.signIn(stage.browser, own, all, DESKTOP);
  const alice = await Terminal.chat(own, "alice", "bob");
  alice.say("hello");
  await admin.page
    .getByRole("alert")
    .getByText("http://127.0.0.1:1/ does not decide about messages")
    .waitFor();
  await admin.choose("Webhooks");
  const question = admin.part("May this message go to that user?");
  await question.getByText("Requests: failed").waitFor();
  await admin.part("May this user log in?").getByText("Nobody has been asked.").waitFor();
  await admin.choose("Configuration");
  await admin.part("webhooks").getByText("set (secret)", { exact: true }).waitFor();
  expect(await admin.page.locator("body").innerText()).not.toContain(secret);
  await alice.leave();
});

test("what a key does not allow is said", async () => {
  const admin = await open(readsUsers);
  await admin.page.getByText("This needs a key with the scope server:read.").first().waitFor();
  await admin.choose("Users", "Who is online");
  await admin.page.getByText("Nobody is online.").waitFor();
  await admin.choose("Configuration");
  await admin.page.getByText("This needs a key with the scope server:read.").waitFor();
  await admin.openUser("alice");
  const form = admin.part("Send a message to alice");
  await form.getByLabel("Text").fill("hello");
  await form.getByRole("button", { name: "Send" }).click();
  await form.getByText("This needs a key with the scope send.").waitFor();
  const other = await open(readsServer);
  await other.part("Store").waitFor();
  await other.choose("Users", "Who is online");
  await other.page.getByText("This needs a key with the scope users:read.").waitFor();
});

test("a server that is gone for a while is told, and the page goes on when it is back", async () => {
  const admin = await open();
  await admin.part("Store").waitFor();
  await server.stop();
  await admin.page.getByText("The server can’t be reached. Trying again…").waitFor();
  await server.start();
  await admin.page.getByText("Trying again…").waitFor({ state: "detached" });
  await online("ivan", "judy");
  await admin.page.getByRole("img", { name: /^Sessions now over.*udp 1/ }).waitFor();
});

test("whose key is not valid any more is signed out, and told why", async () => {
  const others = new Keys();
  const key = others.make(EVERYTHING);
  const own = others.server();
  await own.start();
  try {
    const admin = await AdminPage.signIn(stage.browser, own, key, PHONE);
    await own.stop();
    others.forget();
    const next = others.make(EVERYTHING);
    await own.start();
    await admin.page.getByText("The server doesn’t know the key any more.").waitFor();
    await admin.submit(next);
    await admin.heading("Overview").waitFor();
  } finally {
    await own.stop();
  }
});

test("everything is done with the keyboard, and the title is where one begins", async () => {
  const admin = await open();
  const { page } = admin;
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  expect(await focused()).toBe("Overview");
  await page.getByRole("link", { name: "Users" }).focus();
  await page.keyboard.press("Enter");
  await admin.heading("Who is online").waitFor();
  expect(await focused()).toBe("Who is online");
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Refresh");
  await page.keyboard.press("Tab");
  await page.keyboard.type("kate");
  await page.keyboard.press("Enter");
  await admin.heading("kate").waitFor();
  expect(await page.title()).toBe("kate – MobileIM admin");
  await page.goBack();
  await admin.heading("Who is online").waitFor();
});

test("the page speaks Chinese to those who read it, and to those who want it", async () => {
  const admin = await open();
  const { page } = admin;
  await page.getByRole("button", { name: "Language and appearance" }).click();
  await page.getByLabel("中文").check();
  await page.keyboard.press("Escape");
  await admin.heading("概览").waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
  const chinese = await AdminPage.open(stage.browser, server, { ...PHONE, locale: "zh-CN" });
  await chinese.page.getByLabel("API 密钥").fill("mim_wrong");
  await chinese.page.getByRole("button", { name: "登录" }).click();
  await chinese.page.getByText("服务器不认识这个密钥。").waitFor();
});
