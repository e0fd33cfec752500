import { type EngineClass, loadEngine } from "../engine.js";
import { type Imports, webAssembly } from "./wx.js";

/** Where 构建 npm puts the file. */
const DEFAULT_PATH = "/miniprogram_npm/mobileim/mobileim.wasm";

/** Loads the engine from a file of the app: a mini-program loads no other. */
export function loadFromApp(path: string = DEFAULT_PATH): Promise<EngineClass> {
  return loadEngine(async (imports) => {
    // Plain objects, as hosts copy them.
    const plain: Imports = {};
    for (const name of Object.keys(imports)) plain[name] = { ...imports[name] } as Imports[string];
    const result = (await webAssembly().instantiate(path, plain)) as WebAssembly.Instance & {
      instance?: WebAssembly.Instance;
    };
    // The documentation says an instance; there are hosts that give what browsers give.
    return (result.instance ?? result).exports;
  });
}
