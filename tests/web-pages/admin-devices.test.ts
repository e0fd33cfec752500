//! The devices of a user on the admin page.
import { expect, onTestFinished, test } from "vitest";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Terminal } from "../support/terminal.js";
import { overflow, smallTargets, violations } from "./support/accessible.js";
import { AdminPage, EVERYTHING, Keys } from "./support/admin-page.js";
import { devices } from "./support/api.js";

const keys = new Keys();
const all = keys.make(EVERYTHING);
const readsUsers = keys.make("users:read");
const stage = new Stage(undefined, keys.server(["--devices-sessions", "per-device"]));
const { server } = stage;

/** A user at a device until the test ends. */
async function at(user: string, device?: string): Promise<Terminal> {
  const terminal = await Terminal.chat(server, user, "bob", device);
  onTestFinished(() => terminal.leave());
  return terminal;
}

test("a user's devices are shown, and one is removed", async () => {
  const phone = await at("alice", "phone");
  const laptop = await at("alice", "laptop");
  await at("alice");
  const admin = await AdminPage.signIn(stage.browser, server, all, DESKTOP);
  const { page } = admin;
  await admin.openUser("alice");
  const part = admin.part("Devices");
  await part.getByRole("heading", { level: 3 }).nth(2).waitFor();
  expect(await part.getByRole("heading", { level: 3 }).allTextContents()).toEqual([
    "phone",
    "laptop",
    "Unnamed device",
  ]);
  const first = part.getByRole("listitem").first();
  await first.getByText("terminal").waitFor();
  await first.getByText(/^Session \d+$/).waitFor();
  await admin.screenshot("admin-devices");
  await part.getByRole("button", { name: "Remove device: phone" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Remove phone?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(await devices(server, all, "alice")).toEqual(["phone", "laptop", ""]);
  await part.getByRole("button", { name: "Remove device: phone" }).click();
  await admin.screenshot("admin-devices-remove");
  await dialog.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("status").getByText("phone removed").waitFor();
  await phone.shows("* kicked: this device was removed (2)");
  await part.getByRole("heading", { name: "phone" }).waitFor({ state: "detached" });
  await part.getByRole("button", { name: "Remove device: Unnamed device" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await part.getByRole("heading", { name: "Unnamed device" }).waitFor({ state: "detached" });
  expect(await devices(server, all, "alice")).toEqual(["laptop"]);
  laptop.say("/devices");
  await laptop.shows("* laptop (terminal): online, this one");
  expect(admin.complaints).toEqual([]);
});

test("who may only read users sees devices, and is told what removing one needs", async () => {
  await at("carol", "phone");
  const admin = await AdminPage.open(stage.browser, server, DESKTOP);
  await admin.submit(readsUsers);
  await admin.openUser("carol");
  const part = admin.part("Devices");
  await part.getByRole("button", { name: "Remove device: phone" }).click();
  await admin.page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await part.getByText("This needs a key with the scope users:write.").waitFor();
  expect(await devices(server, all, "carol")).toEqual(["phone"]);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`everybody can use the devices on a phone in ${colorScheme}`, async () => {
    const user = `dan-${colorScheme}`;
    await at(user, "a-device-whose-name-is-as-long-as-a-name-of-a-device-may-be-here");
    await at(user);
    const admin = await AdminPage.signIn(stage.browser, server, all, { ...PHONE, colorScheme });
    await admin.openUser(user);
    const part = admin.part("Devices");
    await part.getByRole("heading", { name: "Unnamed device" }).waitFor();
    await part.scrollIntoViewIfNeeded();
    await admin.screenshot(`admin-devices-375-${colorScheme}`);
    expect(await violations(admin.page)).toEqual([]);
    expect(await overflow(admin.page)).toBeLessThanOrEqual(0);
    expect(await smallTargets(admin.page)).toEqual([]);
  });
}
