// Writes docs/reference/. Fails on an export without a comment, and on whatever else is wrong with the types.
import { entries, root } from "./entries.mjs";
import { writeReference } from "./reference.mjs";

const problems = await writeReference(`${root}docs/reference`, await entries());
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
