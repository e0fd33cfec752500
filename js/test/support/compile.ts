import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const tsc = join(root, "js/node_modules/.bin/tsc");

/** A page of the documentation, by its path. */
export function readPage(page: string): Promise<string> {
  return readFile(join(root, page), "utf8");
}

/** The examples of a page in a language. */
export function examples(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(
    ([, code]) => code ?? "",
  );
}

/** What the compiler has to say about a program that uses the package. */
export async function compile(program: string): Promise<string> {
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
        paths: {
          mobileim: [join(root, "js/src/index.ts")],
          // The same types; which script it is, uni-app chooses.
          "mobileim/uni": [join(root, "js/src/index.ts")],
          "mobileim/imsdk": [join(root, "js/src/imsdk/index.ts")],
        },
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
