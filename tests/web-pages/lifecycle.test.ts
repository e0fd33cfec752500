//! A page that is out of sight, and one whose network comes and goes.

import { expect, test } from "vitest";
import type { Page } from "../support/browser.js";
import { type ClientWindow, delivered, look, reaches, send, setVisible } from "./support/client-page.js";
import { ClientStage } from "./support/client-stage.js";

const stage = new ClientStage();
const { server } = stage;

/** How often the page has tried to reach the server. */
async function attempts(page: Page): Promise<number> {
  return (await look(page, "states")).filter((state) => state === "connecting").length;
}

/** Stops the server for as long as a page that the user looks at needs to try three times. */
async function outage(): Promise<void> {
  const [observer] = (await stage.openTabs(await stage.newContext(), "observer", 1)) as [Page];
  await server.stop();
  await observer.waitForFunction(
    () => (window as unknown as ClientWindow).states.filter((state) => state === "connecting").length >= 4,
  );
  await server.start();
  await reaches(observer, "online");
}

test("a page out of sight does not try again and again, and reconnects at once when it is looked at", async () => {
  const [page] = (await stage.openTabs(await stage.newContext(), "hidden", 1)) as [Page];
  await setVisible(page, false);
  await outage();
  expect(await look(page, "states")).toEqual(["connecting", "logging-in", "online", "waiting"]);
  await setVisible(page, true);
  await reaches(page, "online");
  expect(await attempts(page)).toBe(2);
});

test("a page out of sight reconnects at once when the network is back", async () => {
  const context = await stage.newContext();
  const [page] = (await stage.openTabs(context, "network", 1)) as [Page];
  await setVisible(page, false);
  await outage();
  await context.setOffline(true);
  await context.setOffline(false);
  await reaches(page, "online");
  expect(await attempts(page)).toBe(2);
});

test("a tab out of sight that has the connection keeps it up for one that is looked at", async () => {
  const [leader, follower] = (await stage.openTabs(await stage.newContext(), "both", 2)) as [Page, Page];
  await setVisible(leader, false);
  await setVisible(follower, false);
  await setVisible(follower, true);
  await outage();
  // Long before a client out of sight would have tried.
  await reaches(follower, "online");
  expect(await attempts(leader)).toBeGreaterThan(2);
  await send(follower, "bob", ["hi"]);
  await delivered(follower, ["hi"]);
});

test("two tabs out of sight do not try again and again either", async () => {
  const [leader, follower] = (await stage.openTabs(await stage.newContext(), "neither", 2)) as [Page, Page];
  await setVisible(leader, false);
  await setVisible(follower, false);
  await outage();
  expect(await attempts(leader)).toBe(1);
  await setVisible(follower, true);
  await reaches(leader, "online");
  expect(await attempts(leader)).toBe(2);
});
