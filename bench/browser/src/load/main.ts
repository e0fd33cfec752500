// A contender's load, in a process of its own: told by messages what to do, and ended when the runner is.
import { start as bare } from "./bare.js";
import { start as centrifuge } from "./centrifuge.js";
import type { StartLoad } from "./load.js";
import { start as mobileim } from "./mobileim.js";
import { start as mqtt } from "./mqtt.js";
import { start as socketIo } from "./socket-io.js";

const LOADS: Record<string, StartLoad> = {
  "mobileim-memory": mobileim,
  bare,
  centrifuge,
  mobileim,
  mqtt,
  "socket-io": socketIo,
  wire: mobileim,
};

const begin = LOADS[process.argv[2] ?? ""];
if (begin === undefined) throw new Error(`there is no load ${process.argv[2]}`);
const load = await begin();
process.send?.({ address: load.address });
process.on("message", async ({ push, interval }: { push: number; interval: number }) => {
  const before = process.cpuUsage();
  if (interval === 0) await load.push(push);
  else await pushSlowly(push, interval);
  const { user, system } = process.cpuUsage(before);
  process.send?.({ pushed: push, cpu: user + system });
});
process.on("disconnect", () => {
  load.stop();
  process.exit();
});

/** Sends one by one, so many ms apart. */
async function pushSlowly(count: number, interval: number): Promise<void> {
  const began = performance.now();
  for (let sent = 0; sent < count; ) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const due = Math.min(count, Math.floor((performance.now() - began) / interval));
    if (due > sent) await load.push(due - sent);
    sent = due;
  }
}
