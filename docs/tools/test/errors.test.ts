//! The tables of errors in the guide have every code, and say of each what the client says.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SendError, type SendFailure } from "../../../js/src/client/errors.js";
import { root } from "../scripts/entries.mjs";

const GUIDES = ["docs/client.md", "docs/client.zh.md"];

/** The members of a union of words, as the reference has it. */
function members(type: string): string[] {
  const reference = readFileSync(`${root}docs/reference/mobileim.md`, "utf8");
  const [, union = ""] = new RegExp(`type ${type} =([^;]*);`).exec(reference) ?? [];
  const words = [...union.matchAll(/"([^"]+)"/g)].map(([, word = ""]) => word);
  expect(words).not.toEqual([]);
  return words;
}

/** The rows of tables that begin with a word in code, behind another one where that is given: their other cells, by the word. */
function rows(guide: string, cells: number, before = ""): Map<string, string[]> {
  const text = readFileSync(root + guide, "utf8");
  const found = text.matchAll(new RegExp(`^\\| ${before}\`([^\`]+)\` \\|(.*)\\|$`, "gm"));
  const split = [...found].map(([, word = "", rest = ""]) => {
    const others = rest.split("|").map((cell) => cell.trim());
    return [word, others] as const;
  });
  return new Map(split.filter(([, others]) => others.length === cells));
}

test.each(GUIDES)("%s has each reason of a SendError, with its retry and kept", (guide) => {
  const table = rows(guide, 4);
  for (const reason of members("SendFailure") as SendFailure[]) {
    const [retry, kept] = table.get(reason) ?? [];
    const error = new SendError(reason, "fp");
    // What a closed client keeps depends on its store, and what was refused may be retried with one number only.
    if (reason === "closed") expect(retry !== "" && kept !== "").toBe(true);
    else if (reason === "refused") expect(retry).toContain("302");
    else expect({ reason, retry: retry !== "", kept: kept !== "" }).toEqual(pick(error));
  }
});

test.each(GUIDES)("%s has each code of a LoginError", (guide) => {
  expect([...rows(guide, 2, "`LoginError` ").keys()].sort()).toEqual(members("LoginErrorCode").sort());
});

test.each(GUIDES)("%s has each reason why a link is lost", (guide) => {
  const reasons = members("LinkLostReason").filter((reason) => reason !== "other");
  expect([...rows(guide, 1).keys()]).toEqual(expect.arrayContaining(reasons));
});

function pick({ reason, retry, kept }: SendError) {
  return { reason, retry, kept };
}
