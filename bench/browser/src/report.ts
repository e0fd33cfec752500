import { cpus, loadavg } from "node:os";
import { type Direction, median, type Round } from "./measure.js";

/** Prints the medians, and how far the rounds lie apart. */
export function report(
  rounds: ReadonlyMap<string, readonly Round[]>,
  sizes: Readonly<Record<string, number>>,
  what: { messages: number; window: number; browser: string },
): void {
  const [first = []] = rounds.values();
  const load = (loadavg()[0] ?? 0).toFixed(1);
  console.log(
    `${what.browser}, Node.js ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model}, load average ${load}; ` +
      `medians of ${first.length} rounds of ${what.messages} messages each way, ${what.window} of the page's on their way at a time`,
  );
  row([
    "",
    "bytes, brotli",
    "start to login",
    "received/s",
    "µs",
    "sent/s",
    "µs",
    "received alone, µs",
    "sent alone, µs",
    "and acknowledged after",
  ]);
  row(["---", ...Array<string>(9).fill("---:")]);
  for (const [name, all] of rounds) {
    const rate = (of: keyof Round) => median(all.map((round) => direction(round, of).messagesPerSecond));
    const cpu = (of: keyof Round) => spread(all.map((round) => direction(round, of).cpu));
    row([
      name,
      String(sizes[name]),
      `${spread(all.map((round) => round.startUp))} ms`,
      rate("received").toFixed(0),
      cpu("received"),
      rate("sent").toFixed(0),
      cpu("sent"),
      cpu("receivedAlone"),
      cpu("sentAlone"),
      `${(1000 / rate("sentAlone")).toFixed(2)} ms`,
    ]);
  }
  console.log(
    "µs: CPU time of the page's main thread for a message. Beside it, as fast as it goes: how busy that thread was, what of its time was",
  );
  console.log("script, and the CPU time that the load program took to send a message.");
  row(["", "receiving: busy", "script µs", "load µs", "sending: busy", "script µs"]);
  row(["---", ...Array<string>(5).fill("---:")]);
  for (const [name, all] of rounds) {
    const of = (one: "received" | "sent", key: keyof Direction) =>
      median(all.map((round) => round[one][key]));
    const busy = (one: "received" | "sent") => `${(of(one, "busy") * 100).toFixed(0)} %`;
    row([
      name,
      busy("received"),
      of("received", "script").toFixed(1),
      of("received", "loadCpu").toFixed(1),
      busy("sent"),
      of("sent", "script").toFixed(1),
    ]);
  }
}

function direction(round: Round, of: keyof Round): Direction {
  const one = round[of];
  if (typeof one === "number") throw new Error(`${of} is no direction`);
  return one;
}

function row(cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

/** The median, and the least and the most. */
function spread(values: readonly number[]): string {
  return `${median(values).toFixed(1)} (${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)})`;
}
