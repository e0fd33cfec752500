import { Centrifuge } from "centrifuge";
import type { Connect } from "./connection.js";

export const connect: Connect = async (url, received) => {
  const client = new Centrifuge(url);
  const page = client.newSubscription("page");
  page.on("publication", ({ data }) => received(data as string));
  page.subscribe();
  client.connect();
  await page.ready();
  return { send: (text) => client.publish("sink", text) };
};
