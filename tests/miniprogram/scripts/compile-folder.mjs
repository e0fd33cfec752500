// Makes of a mini-program's folder, argv[2], what WeChat would get: runs 构建 npm, and compiles into artifacts/NAME, argv[3].
import ci from "miniprogram-ci";
import { compile, openProject } from "./compiler.mjs";

const [, , folder, name] = process.argv;
const project = openProject(folder, name);
const packed = await ci.packNpm(project, { reporter: () => {} });
if (packed.length > 0) throw new Error(JSON.stringify(packed));
await compile(project, name);
process.exit(0);
