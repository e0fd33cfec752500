//! The examples of the guides for pages compile against the package.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsc = join(root, "js/node_modules/.bin/tsc");

/** What the compiler has to say about a program. */
async function compile(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mobileim-docs-"));
  try {
    const config = {
      compilerOptions: {
        strict: true,
        target: "ES2022",
        module: "ESNext",
        moduleResolution: "Bundler",
        lib: ["ES2023", "DOM"],
        types: [],
        skipLibCheck: true,
        noEmit: true,
        paths: { mobileim: [join(root, "js/src/index.ts")] },
      },
      files: ["example.ts"],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    await writeFile(join(folder, "example.ts"), program);
    const failed = (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) });
    return (await promisify(execFile)(tsc, ["-p", folder]).catch(failed)).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test.each(["docs/h5.md", "docs/h5.zh.md"])(
  "the examples of %s compile",
  { timeout: 60_000 },
  async (page) => {
    const text = await readFile(join(root, page), "utf8");
    const examples = [...text.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(await compile(`${example}\nexport {};\n`)).toBe("");
  },
);

test("an example with a mistake would not compile", { timeout: 60_000 }, async () => {
  const mistake = "import { createClient } from 'mobileim'\nawait createClient({ uri: '' })\n";
  expect(await compile(mistake)).toContain("uri");
});
