// The page is part of the server's program: what is built is bounded.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const MAX_BYTES = 40_000;

const folder = new URL("../dist", import.meta.url).pathname;
const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
const sizes = files.map((file) => gzipSync(readFileSync(join(file.parentPath, file.name))).length);
const size = sizes.reduce((sum, one) => sum + one, 0);
console.log(`admin page: ${size} bytes compressed, of ${MAX_BYTES} at most`);
if (size > MAX_BYTES) process.exit(1);
