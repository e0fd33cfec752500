import mqtt from "mqtt";
import type { Connect } from "./connection.js";

export const connect: Connect = async (url, received) => {
  const client = await mqtt.connectAsync(url, { clientId: "page" });
  client.on("message", (_topic, payload) => received(payload.toString()));
  await client.subscribeAsync("page", { qos: 1 });
  return { send: (text) => client.publishAsync("sink", text, { qos: 1 }) };
};
