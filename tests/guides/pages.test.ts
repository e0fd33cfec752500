//! The guides for pages, followed as they are printed: the project is made, its files are written, and the page chats with a
//! terminal, as it is served for development and as it is built.
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { type Step, steps, tree } from "../support/guide.js";
import { serveFolder } from "../support/site.js";
import { Project } from "./support/project.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();
/** Pages with sources for a project like that of the guide to H5 pages. */
const FOR_ANY = ["docs/client", "docs/bundlers", "docs/migration", "js/README"];
const LANGUAGES = ["", ".zh"];
/** By their folders in `node_modules`. */
const VITES = ["vite", "vite-7", "vite-6", "vite-5", "vite-4"];

// The Chinese page is the same, but for its words.
test.each([...VITES.map((vite) => ["", vite]), [".zh", "vite"]])(
  "README%s.md's page chats with %s",
  async (language, vite) => {
    const project = await Project.empty("readme", { MOBILEIM_VERSION: `vite=${vite}` });
    const serve = await project.follow(steps(`README${language}.md`, /^(In a page|在网页中)$/));
    await stage.chats(await project.serve(serve));
    await project.run("npx vite build");
    await stage.chats(await serveFolder(`${project.folder}/dist`));
  },
);

test.each(["h5", "react", "vue"].flatMap((guide) => LANGUAGES.map((language) => [guide, language])))(
  "docs/%s%s.md's page chats",
  async (guide, language) => {
    const project = await Project.empty(`${guide}${language}`);
    const page = `docs/${guide}${language}.md`;
    const serve = await project.follow(steps(page));
    // What other pages print for such a project.
    if (guide === "h5") for (const other of FOR_ANY) await project.follow(sources(other, language));
    expect(tree(page).filter((file) => !existsSync(`${project.folder}/${file}`))).toEqual([]);
    await stage.chats(await project.serve(serve));
    await project.run("npm run build");
    await stage.chats(await serveFolder(`${project.folder}/dist`));
  },
);

test.each(
  ["docs/bundlers", "docs/migration"].flatMap((page) => LANGUAGES.map((language) => [page, language])),
)("the page with a script tag in %s%s.md chats", async (page, language) => {
  const project = await Project.empty("script-tag");
  await project.follow(
    steps(`${page}${language}.md`).filter((step) => "file" in step && step.file === "index.html"),
  );
  await stage.chats(await serveFolder(project.folder));
});

test("a command that fails is told", async () => {
  const project = await Project.empty("mistake");
  await expect(project.follow([{ commands: "cd nowhere" }])).rejects.toThrow("nowhere");
  await expect(project.run("npm install not-there")).rejects.toThrow("not-there");
});

function sources(page: string, language: string): Step[] {
  const found = steps(`${page}${language}.md`).filter(
    (step) => "file" in step && step.file.startsWith("src/"),
  );
  expect(found).not.toEqual([]);
  return found;
}
