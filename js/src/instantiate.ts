import type { Instantiate, WasmSource } from "./engine.js";

/** Instantiates from a source, by the standard `WebAssembly` unless the source does it by itself. */
export function instantiateFrom(source: WasmSource): Instantiate {
  if (typeof source === "function") return source as Instantiate;
  return async (imports) => {
    if (typeof WebAssembly === "undefined") throw new Error(NO_WEBASSEMBLY);
    const module = await compile(source);
    return (await WebAssembly.instantiate(module, imports as WebAssembly.Imports)).exports;
  };
}

const NO_WEBASSEMBLY = "there is no WebAssembly here; pass wasm: instantiate from mobileim/wasm2js";

async function compile(source: string | object): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source))
    return WebAssembly.compile(source as BufferSource);
  const response = source instanceof Response ? source : await fetch(source as string | URL | Request);
  if (!response.ok) throw new Error(`${response.url} answers ${response.status} ${response.statusText}`);
  // Compiled while it loads where the server names its type, as this asks for it.
  const type = response.headers.get("content-type") ?? "";
  return type.startsWith("application/wasm")
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}
