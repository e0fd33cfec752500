import type { Browser, Page, Times } from "./browser.js";
import type { LoadProcess } from "./load-process.js";
import type { Series } from "./page/bench.js";

/** How much is sent, and how. */
export interface Shape {
  messages: number;
  /** Sent before, for the compiler to see what is hot. */
  warmUp: number;
  /** Messages that the page has on their way. */
  window: number;
  /** Messages that are sent one by one, and how many ms apart those to the page are. */
  alone: number;
  interval: number;
  startUps: number;
}

/** What messages in one direction took. */
export interface Direction {
  messagesPerSecond: number;
  /** CPU time of the page's main thread for a message, in µs. */
  cpu: number;
  /** The part of that in script, wasm and garbage collection included; in µs. */
  script: number;
  /** How busy the main thread was: at 1 the page is the limit. */
  busy: number;
  /** CPU time of the load program for a message, in µs; 0 where it only answers. */
  loadCpu: number;
}

/** What one contender took in one round. */
export interface Round {
  /** From the script's first line to logged in, in ms. */
  startUp: number;
  /** As fast as it goes. */
  received: Direction;
  sent: Direction;
  /** One by one: nothing else is on its way, and each has the page's main thread wake up. */
  receivedAlone: Direction;
  sentAlone: Direction;
}

/** Measures one contender once. */
export async function measure(
  browser: Browser,
  url: string,
  load: LoadProcess,
  shape: Shape,
): Promise<Round> {
  const startUps: number[] = [];
  for (let at = 0; at < shape.startUps; at += 1) {
    const page = await logIn(browser, url);
    startUps.push(await page.evaluate<number>("bench.startUp"));
    await page.close();
  }
  const page = await logIn(browser, url);
  await receive(page, load, shape.warmUp);
  const received = await receive(page, load, shape.messages);
  await send(page, shape.warmUp, shape.window);
  const sent = await send(page, shape.messages, shape.window);
  const receivedAlone = await receive(page, load, shape.alone, shape.interval);
  const sentAlone = await send(page, shape.alone, 1);
  await page.close();
  return { startUp: median(startUps), received, sent, receivedAlone, sentAlone };
}

/** A page that is logged in. */
export async function logIn(browser: Browser, url: string): Promise<Page> {
  const page = await browser.open(url);
  await page.evaluate("bench.startUp");
  return page;
}

export async function receive(
  page: Page,
  load: LoadProcess,
  count: number,
  interval = 0,
): Promise<Direction> {
  await page.evaluate(`void (received = bench.receive(${count}))`);
  const before = await page.times();
  const loadCpu = await load.push(count, interval);
  const series = await page.evaluate<Series>("received");
  return direction(before, await page.times(), count, series, loadCpu);
}

export async function send(page: Page, count: number, window: number): Promise<Direction> {
  const before = await page.times();
  const series = await page.evaluate<Series>(`bench.send(${count}, ${window})`);
  return direction(before, await page.times(), count, series, 0);
}

function direction(before: Times, after: Times, count: number, series: Series, loadCpu: number): Direction {
  const ms = series.ended - series.began;
  const micros = (part: keyof Times) => (after[part] - before[part]) * 1e6;
  return {
    messagesPerSecond: (count * 1000) / ms,
    cpu: micros("thread") / count,
    script: micros("script") / count,
    busy: micros("thread") / (ms * 1000),
    loadCpu: loadCpu / count,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
