import { expect, test } from "vitest";
import { dataOf } from "../src/sse.js";

async function read(...chunks: string[]): Promise<string[]> {
  const encoder = new TextEncoder();
  const bytes = chunks.map((chunk) => encoder.encode(chunk));
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = bytes.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const read: string[] = [];
  for await (const data of dataOf(stream)) read.push(data);
  return read;
}

test("events are read however the network cuts them", async () => {
  const text = ': hello\n\nid: 1\ndata: {"a":1}\n\ndata:two\ndata: lines\n\n';
  expect(await read(text)).toEqual(['{"a":1}', "two\nlines"]);
  expect(await read(...text)).toEqual(['{"a":1}', "two\nlines"]);
  expect(await read(...text.replaceAll("\n", "\r\n"))).toEqual(['{"a":1}', "two\nlines"]);
});

test("an event that is cut off by the end is none", async () => {
  expect(await read("data: one\n\ndata: tw")).toEqual(["one"]);
  expect(await read("data: one\n\ndata: two\n")).toEqual(["one"]);
});

test("a stream that nobody reads any more is given up", async () => {
  let isCancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: one\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  for await (const data of dataOf(stream)) {
    expect(data).toBe("one");
    break;
  }
  expect(isCancelled).toBe(true);
});
