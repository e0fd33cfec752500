// What the client takes for a message without a socket, and in which functions.
import { parseArgs } from "node:util";
import { Browser } from "./browser.js";
import { median } from "./measure.js";
import { printProfile } from "./print-profile.js";
import { startSite } from "./site.js";

const { values } = parseArgs({
  options: { messages: { type: "string", default: "20000" }, rounds: { type: "string", default: "11" } },
});
const count = Number(values.messages);
const site = await startSite();
const browser = await Browser.launch();
try {
  const page = await browser.open(`${site.url}alone`);
  await page.evaluate(
    "new Promise((ready) => { const look = () => (document.title === 'ready' ? ready() : setTimeout(look, 5)); look(); })",
  );
  for (const what of ["receive", "send"]) {
    const run = () => page.evaluate<void>(`alone.${what}(${count})`);
    await run();
    const took: number[] = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const before = await page.times();
      await run();
      const after = await page.times();
      took.push(((after.thread - before.thread) * 1e6) / count);
    }
    console.log(
      `${what}: ${median(took).toFixed(2)} µs of CPU a message, at best ${Math.min(...took).toFixed(2)}`,
    );
    await printProfile(page, run, count);
  }
} finally {
  await browser.close();
  site.stop();
}
