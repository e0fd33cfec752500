import type { Page } from "./browser.js";

const FUNCTIONS = 40;

/** Runs something that handles so many messages, and prints in which functions the page's main thread was meanwhile. */
export async function printProfile(page: Page, run: () => Promise<unknown>, count: number): Promise<void> {
  const { Profiler } = page.client;
  await Profiler.enable();
  await Profiler.setSamplingInterval({ interval: 100 });
  await Profiler.start();
  await run();
  const { profile } = await Profiler.stop();

  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url === "" ? "" : ` ${url.slice(url.lastIndexOf("/") + 1)}:${lineNumber + 1}`;
      return [id, `${functionName || "(anonymous)"}${place}`];
    }),
  );
  const self = new Map<string, number>();
  for (const [at, id] of (profile.samples ?? []).entries()) {
    const name = names.get(id) ?? "";
    self.set(name, (self.get(name) ?? 0) + (profile.timeDeltas?.[at] ?? 0));
  }
  self.delete("(idle)");
  const all = [...self.values()].reduce((sum, micros) => sum + micros, 0);
  for (const [name, micros] of [...self].sort(([, a], [, b]) => b - a).slice(0, FUNCTIONS)) {
    const share = ((100 * micros) / all).toFixed(1).padStart(5);
    console.log(`${(micros / count).toFixed(2).padStart(7)} µs ${share} %  ${name}`);
  }
}
