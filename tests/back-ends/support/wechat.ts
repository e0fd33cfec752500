//! A stand-in for WeChat's server.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** It has never seen a mini-program, but answers as the documentation of code2Session says. Gives what a back end must know of it. */
export async function standInForWechat(): Promise<{ variables: Record<string, string> }> {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/plain");
    response.end(JSON.stringify(session(request)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { variables: { WECHAT_URL: url, WECHAT_APPID: "wx123", WECHAT_SECRET: "of the app" } };
}

function session({ url = "" }: IncomingMessage): object {
  const { pathname, searchParams } = new URL(url, "http://wechat");
  const { appid, secret, js_code, grant_type } = Object.fromEntries(searchParams);
  if (pathname !== "/sns/jscode2session" || grant_type !== "authorization_code")
    return { errcode: 40002, errmsg: "invalid grant_type" };
  if (appid !== "wx123" || secret !== "of the app") return { errcode: 40013, errmsg: "invalid appid" };
  if (js_code === "busy") return { errcode: -1, errmsg: "system error" };
  if (js_code !== "code of carol") return { errcode: 40029, errmsg: "invalid code" };
  return { openid: "openid-of-carol", session_key: "tiihtNczf5v6AKRyjwEUhQ==" };
}
