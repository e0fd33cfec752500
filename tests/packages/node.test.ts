//! The packed package in programs for Node.js, against a real server.
import { expect, test } from "vitest";
import { Program } from "../support/program.js";
import { fixture } from "./support/builders/folders.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();

test.each(["require.cjs", "require-node.cjs", "import.mjs", "import-node.mjs"])(
  "%s logs in, again after a cut and a restart, receives, sends and ends",
  async (file) => {
    const userId = `alice-${file.replace(".", "-")}`;
    const program = new Program(process.execPath, [fixture(`node/${file}`), stage.url, userId]);
    await program.line((line) => line === "online 1");
    stage.network.cut();
    await program.line((line) => line === "waiting");
    stage.network.mend();
    await program.line((line) => line === "online 2");
    await stage.server.stop();
    await stage.server.start();
    await program.line((line) => line === "online 3");
    await stage.bob.im.send(userId, "Hello program");
    expect(await stage.bob.hearsFrom(userId, 1)).toEqual(["Hello program, too"]);
    expect(await program.ended()).toBe(0);
  },
);
