import { describe } from "../client/errors.js";
import { type EngineClass, loadEngine } from "../platform/engine.js";
import { type HostError, type Imports, webAssembly } from "./wx.js";

/** Where 构建 npm puts the file. */
const DEFAULT_PATH = "/miniprogram_npm/mobileim/mobileim.wasm";

/** Loads the engine from a file of the app: a mini-program loads no other. */
export function loadFromApp(path: string = DEFAULT_PATH): Promise<EngineClass> {
  return loadEngine(async (imports) => {
    // Plain objects, as hosts copy them.
    const plain: Imports = {};
    for (const name of Object.keys(imports)) plain[name] = { ...imports[name] } as Imports[string];
    const result = await instantiate(path, plain);
    // The documentation says an instance; there are hosts that give what browsers give.
    return (result.instance ?? result).exports;
  });
}

type Instantiated = WebAssembly.Instance & { instance?: WebAssembly.Instance };

/** @throws Error that says which file it was: hosts do not, and some throw what is no `Error` */
async function instantiate(path: string, imports: Imports): Promise<Instantiated> {
  const host = webAssembly();
  try {
    return (await host.instantiate(path, imports)) as Instantiated;
  } catch (cause) {
    const why = (cause as HostError | undefined)?.errMsg ?? describe(cause);
    throw new Error(`${why} (the app's file ${path}; the option wasm names another)`, { cause });
  }
}
