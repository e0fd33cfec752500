import { createClient } from "mobileim";
import type { Connect } from "./connection.js";

// As the others are: nothing outlives the page, and nothing is shared between tabs.
export const connect: Connect = async (url, received) => {
  const im = await createClient({ url, getToken: () => "a-token", store: false, tabs: false });
  im.on("message", ({ text }) => received(text));
  await im.login({ userId: "page" });
  return { send: (text) => im.send("sink", text) };
};
