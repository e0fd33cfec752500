//! What everybody must be able to use of the admin page, in both colour schemes, on a phone and on a desktop.
import { beforeAll, expect, test } from "vitest";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Terminal } from "../support/terminal.js";
import { overflow, smallTargets, violations } from "./support/accessible.js";
import { AdminPage, EVERYTHING, Keys } from "./support/admin-page.js";
import { store } from "./support/api.js";

const keys = new Keys();
const all = keys.make(EVERYTHING);
const little = keys.make("send");
// Nobody takes the events.
const nowhere = ["--events-url", "http://127.0.0.1:1/", "--events-secret", "a secret of more than 24 bytes"];
const stage = new Stage(
  undefined,
  keys.server(["--data-dir", keys.folder("data"), "--events-types", "all", ...nowhere]),
);
const { server } = stage;

beforeAll(async () => {
  const fps = Array.from({ length: 51 }, (_, index) => `w-${index + 1}`);
  await store(server, all, "paul", fps);
});

async function checked(admin: AdminPage, what: string, device: "375" | "1280", colorScheme: string) {
  await admin.screenshot(`admin-${what}-${device}-${colorScheme}`);
  expect(await violations(admin.page), what).toEqual([]);
  expect(await overflow(admin.page), what).toBeLessThanOrEqual(0);
  if (device === "375") expect(await smallTargets(admin.page), what).toEqual([]);
}

for (const [device, options] of [
  ["375", PHONE],
  ["1280", DESKTOP],
] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`every view of the admin page at ${device} px in ${colorScheme}`, async () => {
      const user = `alice-with-a-name-that-does-not-end-anywhere-soon-${device}-${colorScheme}`;
      const alice = await Terminal.chat(server, user, "bob");
      const admin = await AdminPage.open(stage.browser, server, { ...options, colorScheme });
      const { page } = admin;
      const check = (what: string) => checked(admin, what, device, colorScheme);
      await page.getByLabel("API key").waitFor();
      await check("sign-in");
      await admin.submit(all);
      await admin.heading("Overview").waitFor();
      alice.say("hello");
      await page.getByRole("img", { name: /^Messages a second.*stored/ }).waitFor();
      await admin.part("Since the start").getByText("stored").waitFor();
      await check("overview");
      await admin.choose("Users", "Who is online");
      await page.getByRole("link", { name: user }).waitFor();
      await check("users");
      await page.getByRole("link", { name: user }).click();
      await admin.part("Sessions").getByText("udp").waitFor();
      await check("user");
      await page.getByRole("button", { name: "End all sessions" }).click();
      await page.getByRole("alertdialog").waitFor();
      await check("end");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Revoke tokens" }).click();
      await page.getByRole("alertdialog").waitFor();
      await check("revoke");
      await page.keyboard.press("Escape");
      await admin.openUser("paul");
      await admin.part("What waits").getByRole("button", { name: "Next page" }).click();
      await admin.part("What waits").getByRole("heading", { name: "w-51" }).waitFor();
      await check("pages");
      await admin.openUser("bob");
      await admin.part("What waits").getByRole("heading", { level: 3 }).first().waitFor();
      await admin.part("What waits").getByLabel("Show texts").check();
      await admin.part("What waits").getByText("hello").first().waitFor();
      await check("waiting");
      await admin.part("What waits").getByRole("link", { name: "Explain" }).first().click();
      await admin.heading("Messages").waitFor();
      await page.locator(".result .outcome").waitFor();
      await page.locator(".steps").getByText("stored").waitFor();
      await page.locator(".result .why").getByText("The receiver is offline.").waitFor();
      await check("message");
      await admin.choose("Events");
      await page.getByRole("list", { name: "Events" }).getByText("stored").first().waitFor();
      await check("events");
      await admin.choose("Webhooks");
      await admin.part("May this user log in?").waitFor();
      await admin.part("Events to your back end").getByText("Tried next").waitFor();
      await check("webhooks");
      await admin.choose("Configuration");
      await admin.part("limits").waitFor();
      await check("configuration");
      await page.getByRole("button", { name: "Language and appearance" }).click();
      await check("preferences");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Sign out" }).click();
      await admin.submit(little);
      await page.getByText("This needs a key with the scope server:read.").first().waitFor();
      await check("not-allowed");
      await alice.leave();
    });
  }
}
