//! Groups on the admin page.
import { expect, test } from "vitest";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { AdminPage, EVERYTHING, Keys } from "./support/admin-page.js";

const keys = new Keys();
const all = keys.make(`${EVERYTHING},groups:read,groups:write,history:read`);
const readsGroups = keys.make("groups:read");
const flags = ["--data-dir", keys.folder("data"), "--groups-enabled", "--groups-clients", "create"];
const stage = new Stage(undefined, keys.server(flags));
const { server } = stage;

/** Asks the API for something. */
async function post(path: string, body: object): Promise<void> {
  const answer = await fetch(`${server.page}api/v1/${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${all}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

const team = (id: string, name: string) =>
  post("groups", {
    id,
    name,
    invite: "all",
    muted: ["mallory"],
    members: [{ user: "alice", role: "owner" }, { user: "bob", role: "admin" }, { user: "mallory" }],
  });

test("one finds a group, sees who is in it and what was written, and ends it", async () => {
  await team("#team/1", "The team");
  await team("#other", "Others");
  await post("messages", { to: ["#team/1"], text: "hello, team" });
  const admin = await AdminPage.signIn(stage.browser, server, all, DESKTOP);
  const { page } = admin;
  await admin.choose("Groups");
  await page.getByText("2 groups").waitFor();
  await expect.poll(() => page.locator(".users a").allTextContents()).toEqual(["#other", "#team/1"]);
  await page.getByLabel("Group ID").fill("team/1");
  await page.getByRole("button", { name: "Open this group" }).click();
  await admin.heading("#team/1").waitFor();
  const settings = admin.part("Settings");
  for (const fact of ["The team", "from joining on", "all members", "mallory"])
    await settings.getByText(fact).first().waitFor();
  const members = admin.part("Members");
  const shown = ["alice (owner)", "bob (admin)", "mallory"];
  await expect.poll(() => members.locator("a").allTextContents()).toEqual(shown);
  const messages = admin.part("Last messages");
  expect(await page.getByText("hello, team").count()).toBe(0);
  await messages.getByLabel("Show texts").check();
  await messages.getByText("hello, team").waitFor();
  await admin.screenshot("admin-group");
  await settings.getByRole("button", { name: "End group" }).click();
  const dialog = page.getByRole("alertdialog", { name: "End #team/1?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await settings.getByText("The team").waitFor();
  await settings.getByRole("button", { name: "End group" }).click();
  await dialog.getByRole("button", { name: "End", exact: true }).click();
  await page.getByText("#team/1 has ended").waitFor();
  await settings.getByText("there is no such group").waitFor();
  await members.waitFor({ state: "detached" });
  await messages.getByText("hello, team").waitFor();
  await page.getByRole("link", { name: "All groups" }).click();
  await expect.poll(() => page.locator(".users a").allTextContents()).toEqual(["#other"]);
  expect(admin.complaints).toEqual([]);
});

test("many members come page by page, on a phone too", async () => {
  const members = Array.from({ length: 250 }, (_, number) => ({ user: `user-${1000 + number}` }));
  await post("groups", { id: "#many", members });
  const admin = await AdminPage.signIn(stage.browser, server, all, PHONE);
  await admin.choose("Groups");
  await admin.page.getByRole("link", { name: "#many" }).click();
  await admin.heading("#many").waitFor();
  const part = admin.part("Members");
  for (const count of [100, 200, 250]) {
    await expect.poll(() => part.locator("a").count()).toBe(count);
    if (count < 250) await part.getByRole("button", { name: "Show more" }).click();
  }
  expect(await part.getByRole("button", { name: "Show more" }).count()).toBe(0);
  const read = await part.locator("a").allTextContents();
  expect(read).toEqual(members.map(({ user }) => user));
});

test("what a key does not allow of groups is said", async () => {
  await post("groups", { id: "#read", members: [{ user: "alice" }] });
  const admin = await AdminPage.signIn(stage.browser, server, readsGroups, DESKTOP);
  await admin.choose("Groups");
  await admin.page.getByRole("link", { name: "#read" }).click();
  await admin.part("Last messages").getByLabel("Show texts").check();
  await admin.page.getByText("This needs a key with the scope history:read.").waitFor();
  await admin.part("Settings").getByRole("button", { name: "End group" }).click();
  await admin.page.getByRole("alertdialog").getByRole("button", { name: "End", exact: true }).click();
  await admin.page.getByText("This needs a key with the scope groups:write.").waitFor();
});
