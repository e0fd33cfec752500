import { beforeAll, beforeEach, expect, test, vi } from "vitest";

let api: typeof import("../src/api.js");
let key: typeof import("../src/key.js").key;
const fetched = vi.fn<typeof fetch>();

beforeAll(async () => {
  vi.stubGlobal("document", { baseURI: "https://im.example.com/ops/admin/" });
  vi.stubGlobal("sessionStorage", { getItem: () => null, setItem: () => {}, removeItem: () => {} });
  vi.stubGlobal("fetch", fetched);
  api = await import("../src/api.js");
  ({ key } = await import("../src/key.js"));
});

beforeEach(() => {
  key.value = "mim_key";
  fetched.mockReset();
});

const problem = (status: number, body: unknown) =>
  fetched.mockResolvedValue(new Response(JSON.stringify(body), { status }));

test("the API is beside the page, and is asked with the key in a header", async () => {
  fetched.mockResolvedValue(new Response('{"online":[]}'));
  const query = { after: "a&b", limit: 5, text: undefined };
  await expect(api.ask({ path: ["users", "a/b?", "waiting"], query })).resolves.toEqual({ online: [] });
  const [url, init] = fetched.mock.calls[0] ?? [];
  expect(String(url)).toBe("https://im.example.com/ops/api/v1/users/a%2Fb%3F/waiting?after=a%26b&limit=5");
  expect(init).toMatchObject({ headers: { Authorization: "Bearer mim_key" }, credentials: "omit" });
});

test("what the key does not allow is told with the scope that it lacks", async () => {
  problem(403, { detail: "this needs a key with the scope send", missingScope: "send" });
  await expect(api.ask({ path: ["messages"] })).rejects.toMatchObject({ status: 403, missingScope: "send" });
  expect(key.value).toBe("mim_key");
  expect(api.trouble.value).toBeUndefined();
});

test("a key that is not known any more is forgotten", async () => {
  problem(401, { detail: "this is no key" });
  await expect(api.ask({ path: ["stats"] })).rejects.toMatchObject({ status: 401 });
  expect(key.value).toBeUndefined();
  expect(api.wasRefused.value).toBe(true);
});

test("a server that is gone, or does not serve, is trouble until it answers", async () => {
  fetched.mockRejectedValue(new TypeError("Failed to fetch"));
  await expect(api.ask({ path: ["stats"] })).rejects.toMatchObject({ status: 0 });
  expect(api.trouble.value?.status).toBe(0);
  problem(503, { detail: "it is a standby" });
  await expect(api.ask({ path: ["stats"] })).rejects.toMatchObject({ message: "it is a standby" });
  expect(api.trouble.value?.status).toBe(503);
  fetched.mockResolvedValue(new Response("<html>", { status: 502, statusText: "Bad Gateway" }));
  await expect(api.ask({ path: ["stats"] })).rejects.toMatchObject({ status: 502, message: "Bad Gateway" });
  fetched.mockResolvedValue(new Response("{}"));
  await api.ask({ path: ["stats"] });
  expect(api.trouble.value).toBeUndefined();
});
