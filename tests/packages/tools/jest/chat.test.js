// As people test a page that uses the package: no settings but jsdom.
const { createClient, SendError } = require("mobileim");

const url = process.env.MOBILEIM_URL;
const user = process.env.MOBILEIM_USER;

test("a client logs in, sends, receives and leaves", async () => {
  const im = await createClient({ url, getToken: () => "a-token" });
  const errors = [];
  im.on("error", (error) => errors.push(error));
  const answer = new Promise((resolve) => {
    im.on("message", resolve);
  });
  await im.login({ userId: user });
  await im.send("bob", "Hello from Jest, 你好 😀 \ud83d");
  expect(await answer).toMatchObject({ from: "bob", text: "Hello Jest, 你好 😀" });
  await im.logout();
  im.close();
  expect(errors).toEqual([]);
});

test("errors are of the package's classes", async () => {
  const im = await createClient({ url, getToken: () => "a-token" });
  await expect(im.send("bob", "hi")).rejects.toBeInstanceOf(SendError);
  im.close();
});

test("the other entries can be required", () => {
  require("mobileim/imsdk");
  expect(globalThis.IMSDK.isLogined()).toBe(false);
  expect(typeof require("mobileim/wasm2js").instantiate).toBe("function");
});
