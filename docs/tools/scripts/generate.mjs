// Writes docs/reference/ and docs/api.d.ts. Fails on an export without a comment, and on whatever else is wrong with the types.
import { writeFile } from "node:fs/promises";
import { apiTypes, writeApiTypes } from "./api-types.mjs";
import { entries, root } from "./entries.mjs";
import { writeReference } from "./reference.mjs";

await writeFile(apiTypes, await writeApiTypes());
const problems = await writeReference(`${root}docs/reference`, await entries());
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
