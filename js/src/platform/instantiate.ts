import type { EngineExports, Instantiate, WasmSource } from "./engine.js";

/** Instantiates from a source, by the standard `WebAssembly` unless the source does it by itself. */
export function instantiateFrom(source: WasmSource): Instantiate {
  if (typeof source === "function") return source as Instantiate;
  return async (imports) => {
    if (typeof WebAssembly === "undefined") throw new Error(NO_WEBASSEMBLY);
    return instantiate(source, imports as WebAssembly.Imports);
  };
}

const NO_WEBASSEMBLY = "there is no WebAssembly here; pass wasm: instantiate from mobileim/wasm2js";

async function instantiate(source: string | object, imports: WebAssembly.Imports): Promise<EngineExports> {
  if (source instanceof WebAssembly.Module) return (await WebAssembly.instantiate(source, imports)).exports;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source))
    return (await WebAssembly.instantiate(source as BufferSource, imports)).instance.exports;
  const response = source instanceof Response ? source : await fetch(source as string | URL | Request);
  if (!response.ok) throw new Error(`${response.url} answers ${response.status} ${response.statusText}`);
  // Compiled while it loads if the server names its type, which this demands.
  const type = response.headers.get("content-type") ?? "";
  return type.startsWith("application/wasm")
    ? (await WebAssembly.instantiateStreaming(response, imports)).instance.exports
    : instantiate(await response.arrayBuffer(), imports);
}
