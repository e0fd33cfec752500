import { cp, mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A fixture's file. */
export const fixture = (path: string): string => `${root}fixtures/${path}`;

/** What users get: the unpacked tarball. */
export const PACKAGE = `${root}node_modules/mobileim`;

/** A new, empty folder for what a build writes. */
export async function emptyFolder(name: string): Promise<string> {
  const folder = `${root}built/${name}`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

/** A new folder with the fixture's page in it, and no script yet. */
export async function folderWithPage(name: string): Promise<string> {
  const folder = await emptyFolder(name);
  await cp(fixture("page/index.html"), `${folder}/index.html`);
  return folder;
}
