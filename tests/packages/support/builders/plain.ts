import { cp } from "node:fs/promises";
import { emptyFolder, fixture, PACKAGE } from "./folders.js";

/** No bundler: the pages of `fixtures/plain`, their script, and the package as it is. */
export async function plainPages(): Promise<string> {
  const folder = await emptyFolder("plain");
  await cp(fixture("plain"), folder, { recursive: true });
  await cp(fixture("page"), folder, { recursive: true });
  await cp(PACKAGE, `${folder}/mobileim`, { recursive: true });
  return folder;
}
