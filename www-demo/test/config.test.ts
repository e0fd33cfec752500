import { beforeEach, expect, test, vi } from "vitest";
import { findServer } from "../src/config.js";

const at = (address: string) => {
  const { href, search, hostname, protocol } = new URL(address);
  return { href, search, hostname, protocol } as Location;
};

const answer = (response: () => Response) =>
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => response()),
  );

beforeEach(() => answer(() => new Response("", { status: 404 })));

test("the page's address decides where the server is", async () => {
  const config = await findServer(at("http://h:8080/?ws=ws://other:1/websocket&token=t"));
  expect(config).toEqual({ websocket: "ws://other:1/websocket", token: "t" });
  expect(fetch).not.toHaveBeenCalled();
});

test("else the server that serves the page says it", async () => {
  answer(() => Response.json({ websocket: "ws://h:3001/websocket" }));
  expect((await findServer(at("http://h:8080/chat/"))).websocket).toBe("ws://h:3001/websocket");
  expect(fetch).toHaveBeenCalledWith(new URL("http://h:8080/chat/config.json"));
});

test("else it is the usual port on the same host", async () => {
  expect((await findServer(at("http://h:8080/"))).websocket).toBe("ws://h:3000/websocket");
  expect((await findServer(at("https://h/"))).websocket).toBe("wss://h:3000/websocket");
  answer(() => new Response("<!doctype html>"));
  expect((await findServer(at("http://h/"))).websocket).toBe("ws://h:3000/websocket");
});
