// In which functions the main thread of a contender's page is while messages come or go. They have names after
// `node build.mjs --readable`. What is printed is time, not CPU time: for shares.
import { parseArgs } from "node:util";
import { Browser } from "./browser.js";
import { LoadProcess } from "./load-process.js";
import { logIn, receive, send } from "./measure.js";
import { printProfile } from "./print-profile.js";
import { startSite } from "./site.js";

const { values } = parseArgs({
  options: {
    of: { type: "string", default: "mobileim" },
    what: { type: "string", default: "receive" },
    messages: { type: "string", default: "50000" },
  },
});
const count = Number(values.messages);
const site = await startSite();
const browser = await Browser.launch();
const load = await LoadProcess.start(values.of);
try {
  const page = await logIn(browser, `${site.url}${values.of}?${encodeURIComponent(load.address)}`);
  const run = (count: number) =>
    values.what === "send" ? send(page, count, 64) : receive(page, load, count);
  await run(5_000);
  await printProfile(page, () => run(count), count);
} finally {
  await browser.close();
  await load.stop();
  site.stop();
}
