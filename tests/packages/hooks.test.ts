//! `mobileim/react` and `mobileim/vue` in apps, against a real server.
import vue from "@vitejs/plugin-vue";
import { createClient, webSocketTransport } from "mobileim/node";
import * as hooks from "mobileim/react";
import * as composables from "mobileim/vue";
import { createElement } from "react";
import { renderToString as renderReact } from "react-dom/server";
import { expect, test } from "vitest";
import { createSSRApp, h } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";
import { WebSocket } from "ws";
import { serveFolder } from "../support/site.js";
import { nextSite } from "./support/builders/next.js";
import { reactApp } from "./support/builders/react.js";
import { viteApp } from "./support/builders/vite.js";
import type { ChatPage } from "./support/chat-page.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();
const { network } = stage;
const transport = webSocketTransport(WebSocket);

/** Presses the buttons that both apps have. */
async function changesUsers(alice: ChatPage): Promise<void> {
  const press = (name: string) => alice.page.getByRole("button", { name }).click();
  await press("Change user");
  await stage.bob.im.send(`${alice.userId}-again`, "Who are you now?");
  await alice.shows("bob: Who are you now?");
  await network.untilOpen(1);
  await press("Log out");
  await alice.isIn("closed");
  await network.untilOpen(0);
  await press("Change user");
  await alice.isIn("online");
  await press("Turn to carol");
  await expect.poll(() => alice.received()).toEqual([]);
  await press("Leave");
  await network.untilOpen(0);
  alice.isWell();
}

test("a React app in StrictMode has one connection, keeps what is said while it is gone, and lets go of it", async () => {
  const before = network.accepted;
  const alice = await stage.open(await serveFolder(await reactApp()), "alice-react");
  await alice.chats(stage.bob);
  expect(await alice.page.locator("html").getAttribute("data-created")).toBe("2");
  expect(network.open).toBe(1);
  expect(network.accepted).toBe(before + 1);
  await changesUsers(alice);
});

test("a React app chats, also when the network and the server go away", async () => {
  const alice = await stage.open(await serveFolder(await reactApp()), "alice-react-lost");
  await alice.chatsThrough(stage);
  expect(network.open).toBe(1);
});

test("a Vue app has one connection, changes users, and lets go of it", async () => {
  const before = network.accepted;
  const alice = await stage.open(await serveFolder(await viteApp("vue", [vue()])), "alice-vue");
  await alice.chats(stage.bob);
  expect(network.open).toBe(1);
  expect(network.accepted).toBe(before + 1);
  await changesUsers(alice);
});

test("a kick is the app's error", async () => {
  const alice = await stage.open(await serveFolder(await viteApp("vue", [vue()])), "alice-kicked");
  await alice.isIn("online");
  const elsewhere = await createClient({ url: stage.url, getToken: () => "a-token", transport });
  await elsewhere.login({ userId: "alice-kicked" });
  await alice.page.getByText("logged in elsewhere").waitFor();
  elsewhere.close();
});

test("a page of Next.js is rendered by its server, and chats in the browser while network and server come and go", async () => {
  const address = await nextSite();
  const html = await (await fetch(`${address}?user=alice-next&url=ws://nowhere`)).text();
  expect(html).toContain('<p id="state">offline</p>');
  const alice = await stage.open(address, "alice-next");
  await alice.chatsThrough(stage);
});

const noClient = () => Promise.reject(new Error("a server made a client"));

test("a React app is rendered by a server without a client", () => {
  const App = () => `${hooks.useClientState()}, ${hooks.useClient()}, ${hooks.useMessages().length}`;
  const html = renderReact(createElement(hooks.MobileIMProvider, { create: noClient }, createElement(App)));
  expect(html).toBe("offline, undefined, 0");
});

test("a Vue app is rendered by a server without a client", async () => {
  const app = createSSRApp({
    setup() {
      const state = composables.useClientState();
      const client = composables.useClient();
      const messages = composables.useMessages();
      return () => h("p", `${state.value}, ${client.value}, ${messages.value.length}`);
    },
  });
  app.use(composables.createMobileIM({ create: noClient, user: { userId: "alice" } }));
  expect(await renderVue(app)).toBe("<p>offline, undefined, 0</p>");
});

test("a hook outside of its provider says what is missing", () => {
  const App = () => hooks.useClientState();
  expect(() => renderReact(createElement(App))).toThrow(
    "there is no <MobileIMProvider> above this component",
  );
});
