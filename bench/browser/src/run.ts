// The benchmark in headless Chromium: each contender in each round, the medians in a table.
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { Browser } from "./browser.js";
import { LoadProcess } from "./load-process.js";
import { measure, type Round } from "./measure.js";
import { report } from "./report.js";
import { startSite } from "./site.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    messages: { type: "string", default: "20000" },
    only: { type: "string", default: "mobileim,mobileim-memory,socket-io,centrifuge,mqtt,bare,wire" },
  },
});
const names = values.only.split(",");
const shape = {
  messages: Number(values.messages),
  warmUp: 5_000,
  window: 64,
  alone: 1_500,
  interval: 2,
  startUps: 5,
};

const site = await startSite();
const browser = await Browser.launch();
try {
  const rounds = new Map<string, Round[]>(names.map((name) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const name of names) {
      process.stderr.write(`round ${round + 1}: ${name}\n`);
      const load = await LoadProcess.start(name);
      const url = `${site.url}${name}?${encodeURIComponent(load.address)}`;
      rounds.get(name)?.push(await measure(browser, url, load, shape));
      await load.stop();
    }
  }
  const sizes = JSON.parse(await readFile(new URL("./sizes.json", import.meta.url), "utf8")) as Record<
    string,
    number
  >;
  report(rounds, sizes, { ...shape, browser: browser.version });
} finally {
  await browser.close();
  site.stop();
}
