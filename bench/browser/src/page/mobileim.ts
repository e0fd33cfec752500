import { createClient } from "mobileim";
import type { Connect } from "./connection.js";

export const connect: Connect = async (url, received) => {
  const im = await createClient({ url, getToken: () => "a-token" });
  im.on("message", ({ text }) => received(text));
  await im.login({ userId: "page" });
  return { send: (text) => im.send("sink", text) };
};
