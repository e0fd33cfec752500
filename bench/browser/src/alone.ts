// What the client takes for a message without a socket, and in which functions; with --memory, without a store and tabs too.
import { parseArgs } from "node:util";
import { Browser } from "./browser.js";
import { median } from "./measure.js";
import { printProfile } from "./print-profile.js";
import { startSite } from "./site.js";

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "20000" },
    rounds: { type: "string", default: "11" },
    memory: { type: "boolean", default: false },
  },
});
const count = Number(values.messages);
const site = await startSite();
const browser = await Browser.launch();
try {
  const page = await browser.open(`${site.url}alone${values.memory ? "?memory" : ""}`);
  await page.evaluate(
    "new Promise((ready) => { const look = () => (document.title === 'ready' ? ready() : setTimeout(look, 5)); look(); })",
  );
  for (const what of ["receive", "send"]) {
    const prepare = () => page.evaluate<void>(`alone.prepare(${what === "receive" ? count : 0})`);
    const run = () => page.evaluate<void>(`alone.${what}(${count})`);
    await prepare();
    await run();
    const took: number[] = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      await prepare();
      const before = await page.times();
      await run();
      const after = await page.times();
      took.push(((after.thread - before.thread) * 1e6) / count);
    }
    console.log(
      `${what}: ${median(took).toFixed(2)} µs of CPU a message, at best ${Math.min(...took).toFixed(2)}`,
    );
    await prepare();
    await printProfile(page, run, count);
  }
} finally {
  await browser.close();
  site.stop();
}
