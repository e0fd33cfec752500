import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { Program } from "../../../support/program.js";
import { fixture } from "./folders.js";

const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
const OFFLINE = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };

/** A site by Next.js, built and served as in production until the test ends; its address. */
export async function nextSite(): Promise<string> {
  const folder = fixture("next");
  await promisify(execFile)(process.execPath, [next, "build", folder], { env: OFFLINE });
  const server = new Program(process.execPath, [next, "start", folder, "-H", "127.0.0.1", "-p", "0"]);
  onTestFinished(async () => {
    await server.stop();
  });
  const line = await server.line((text) => /Local: +http/.test(text));
  return `${line.replace(/.*(http\S+).*/, "$1").replace(/\/$/, "")}/`;
}
