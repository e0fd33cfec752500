// The types of what docs/openapi.json describes, for back ends in TypeScript.
import { readFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import { root } from "./entries.mjs";

const HEAD =
  "// Made by `make docs` from openapi.json: what the HTTP API (api.md) takes and answers. For openapi-fetch, or by itself.\n";

/** Where they are. */
export const apiTypes = `${root}docs/api.d.ts`;

/** What is to be there. */
export async function writeApiTypes() {
  const document = JSON.parse(await readFile(`${root}docs/openapi.json`, "utf8"));
  return `${HEAD}${astToString(await openapiTS(document))}`;
}
