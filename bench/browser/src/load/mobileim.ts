import { type StartLoad, TEXT, WINDOW } from "./load.js";
import { User } from "./mobileim-user.js";
import { startProgram } from "./program.js";
import { Window } from "./window.js";

const SENDERS = 8;

export const start: StartLoad = async () => {
  const path = process.env.MOBILEIM_SERVER_BIN;
  if (path === undefined)
    throw new Error("MOBILEIM_SERVER_BIN must name the server: run `make bench-browser`");
  const any = "--tcp 127.0.0.1:0 --ws 127.0.0.1:0 --udp off --http off".split(" ");
  // Eight users send as fast as they can; a server from before there was such a limit ignores it.
  process.env.MOBILEIM_MESSAGE_RATE = "unlimited";
  const { child, line } = await startProgram(path, ["--dev", ...any], "ready ");
  const at = Object.fromEntries(line.split(" ").map((one) => one.split("="))) as { tcp: string; ws: string };
  const sink = await User.login(at.tcp, "sink");
  const senders: { user: User; window: Window }[] = [];
  for (let number = 0; number < SENDERS; number += 1) {
    const user: User = await User.login(at.tcp, `sender-${number}`, {
      acknowledged: () => window.acknowledged(),
    });
    const window = new Window(WINDOW / SENDERS, () => user.send("page", TEXT));
    senders.push({ user, window });
  }
  return {
    address: `ws://${at.ws}/websocket`,
    push: async (count) => {
      await Promise.all(
        senders.map(({ window }, number) => window.push(Math.floor((count + number) / SENDERS))),
      );
    },
    stop: () => {
      for (const { user } of senders) user.leave();
      sink.leave();
      child.kill();
    },
  };
};
