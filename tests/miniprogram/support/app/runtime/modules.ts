import { resolveModule } from "../../../../support/mini-program/resolve-module.js";

const loaded = new Map<string, { exports: unknown }>();

/** Runs a module of the mini-program once, and gives its exports. The names of the browser are not passed: they are undefined. */
export function requireModule(path: string): unknown {
  const there = loaded.get(path);
  if (there !== undefined) return there.exports;
  const run = window.modules[path];
  if (run === undefined) throw new Error(`module '${path}' is not defined`);
  const module = { exports: {} };
  loaded.set(path, module);
  const require = (name: string) => {
    const candidates = resolveModule(path, name);
    return requireModule(candidates.find((one) => one in window.modules) ?? name);
  };
  run(require, module, module.exports);
  return module.exports;
}
