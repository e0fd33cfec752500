//! The types of the HTTP API are what its document says, and can be used.
import { readFile } from "node:fs/promises";
import { expect, expectTypeOf, test } from "vitest";
import type { components, operations } from "../../api.js";
import { apiTypes, writeApiTypes } from "../scripts/api-types.mjs";

test("docs/api.d.ts is what docs/openapi.json says; `make docs` writes it", async () => {
  expect(await readFile(apiTypes, "utf8")).toBe(await writeApiTypes());
});

test("what is sent, and what is answered, has a type", () => {
  const message: components["schemas"]["Message"] = {
    to: ["bob"],
    text: "hi",
    typeu: -1,
    class: "kept",
    wait: 500,
  };
  expect(message.to).toHaveLength(1);
  type Answer = operations["send"]["responses"]["200"]["content"]["application/json"];
  expectTypeOf<Answer["receivers"][number]["user"]>().toEqualTypeOf<string>();
});
