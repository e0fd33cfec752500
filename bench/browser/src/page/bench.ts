import type { Connect, Connection } from "./connection.js";

/** When a series of messages began and ended, in ms of the page's clock. */
export interface Series {
  began: number;
  ended: number;
}

/** What the runner calls in the page. */
export interface Bench {
  /** From the script's first line to logged in, in ms. */
  startUp: Promise<number>;
  /** When so many messages came. */
  receive(count: number): Promise<Series>;
  /** When so many messages were sent and acknowledged, with so many on their way at a time. */
  send(count: number, window: number): Promise<Series>;
}

declare global {
  /** When the script began: its first line. */
  var scriptBegan: number;
  var bench: Bench;
}

const TEXT = "x".repeat(64);

/** Connects at once, to the address that the page's own names. */
export function runBench(connect: Connect): void {
  let connection: Connection | undefined;
  let left = 0;
  let began = 0;
  let finished: (series: Series) => void = () => {};

  const received = () => {
    if (began === 0) began = performance.now();
    left -= 1;
    if (left === 0) finished({ began, ended: performance.now() });
  };
  const startUp = connect(decodeURIComponent(location.search.slice(1)), received).then((connected) => {
    connection = connected;
    return performance.now() - scriptBegan;
  });
  const receive = (count: number) =>
    new Promise<Series>((resolve) => {
      left = count;
      began = 0;
      finished = resolve;
    });
  const send = async (count: number, window: number) => {
    const began = performance.now();
    let left = count;
    const one = async () => {
      while (left > 0) {
        left -= 1;
        await connection?.send(TEXT);
      }
    };
    await Promise.all(Array.from({ length: window }, one));
    return { began, ended: performance.now() };
  };
  globalThis.bench = { startUp, receive, send };
}
