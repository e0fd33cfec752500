import { beforeEach, expect, test, vi } from "vitest";
import { findServer } from "../src/config.js";

const at = (address: string) => {
  const { href, search, host, hostname, protocol } = new URL(address);
  return { href, search, host, hostname, protocol } as Location;
};

const answer = (response: () => Response) =>
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => response()),
  );

const websocket = async (address: string) => (await findServer(at(address))).websocket;

beforeEach(() => answer(() => new Response("", { status: 404 })));

test("the page's address decides where the server is", async () => {
  const config = await findServer(at("http://h:8080/?ws=ws://other:1/websocket&token=t"));
  expect(config).toEqual({
    websocket: ["ws://other:1/websocket"],
    signIn: "name",
    isGuess: false,
    login: new URL("http://h:8080/login"),
    token: "t",
  });
  expect(fetch).not.toHaveBeenCalled();
  expect(await websocket("http://h/?ws=ws://one/websocket&ws=ws://two/websocket")).toEqual([
    "ws://one/websocket",
    "ws://two/websocket",
  ]);
});

test("else the server that serves the page says it, and how one signs in", async () => {
  answer(() => Response.json({ websocket: "ws://h:3001/websocket", signIn: "password" }));
  expect(await findServer(at("http://h:8080/chat/"))).toEqual({
    websocket: ["ws://h:3001/websocket"],
    signIn: "password",
    isGuess: false,
    login: new URL("http://h:8080/chat/login"),
    token: undefined,
  });
  expect(fetch).toHaveBeenCalledWith(new URL("http://h:8080/chat/config.json"));
  expect((await findServer(at("http://h:8080/?token=t"))).signIn).toBe("name");
});

test("a server that does not say how one signs in, or something new, has the page ask for a name", async () => {
  for (const signIn of [undefined, null, "fingerprint"]) {
    answer(() => Response.json({ signIn }));
    expect(await findServer(at("http://h/"))).toMatchObject({ signIn: "name", isGuess: true });
  }
  answer(() => Response.json({ signIn: "name" }));
  expect(await findServer(at("http://h/"))).toMatchObject({ signIn: "name", isGuess: false });
});

test("else it is the usual port on the same host", async () => {
  expect(await websocket("http://h:8080/")).toEqual(["ws://h:3000/websocket"]);
  expect(await websocket("https://h/")).toEqual(["wss://h:3000/websocket"]);
  answer(() => new Response("<!doctype html>"));
  expect(await websocket("http://h/")).toEqual(["ws://h:3000/websocket"]);
  answer(() => Response.json({ websocket: null }));
  expect(await websocket("http://h/")).toEqual(["ws://h:3000/websocket"]);
});

test("a page that a proxy serves with TLS connects by way of the proxy", async () => {
  answer(() => Response.json({ websocket: "ws://im.example.com:3000/websocket" }));
  expect(await websocket("https://im.example.com:8443/")).toEqual(["wss://im.example.com:8443/websocket"]);
  answer(() => Response.json({ websocket: "wss://im.example.com:3001/websocket" }));
  expect(await websocket("https://im.example.com:8443/")).toEqual(["wss://im.example.com:3001/websocket"]);
});
