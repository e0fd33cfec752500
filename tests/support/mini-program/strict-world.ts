import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import vm from "node:vm";
import { WebSocket } from "ws";
import { resolveModule } from "./resolve-module.js";
import { ABSENT, SHADOWED } from "./world-names.js";
import { StandInHost } from "./wx/host.js";
import type { StandardSocket } from "./wx/sockets.js";
import type { Shelf } from "./wx/storage.js";

const require = createRequire(import.meta.url);

/** What a world is to be without, beside what every mini-program is without. */
export interface WorldOptions {
  files: Record<string, string>;
  shelf: Shelf;
  /** Another address for each that is connected to. */
  leadsTo?: (address: string) => string;
  /** Base library; without `WXWebAssembly` before 2.13.0, without `getRandomValues` before 2.15.0. */
  version?: string;
  /** What instantiating gives: `"instance"` as documented, `"result"` as in browsers. */
  instantiates?: "instance" | "result";
}

/**
 * The strictest mini-program there may be: the shadowed names are undefined, nothing is there that old phones lack,
 * no code can be made from text, and promises are a polyfill over timers.
 */
export class StrictWorld {
  readonly host: StandInHost;
  readonly #context: vm.Context;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #modules = new Map<string, { exports: unknown }>();
  #dead = false;
  #read: (path: string) => string | undefined = () => undefined;
  /** What `WXWebAssembly.instantiate` was asked for. */
  readonly loaded: string[] = [];
  /** What a developer sees in red on the console. */
  readonly errors: string[] = [];

  constructor(options: WorldOptions) {
    const { version = "3.8.0", leadsTo = (address) => address } = options;
    class Socket extends WebSocket {
      constructor(address: string) {
        super(leadsTo(address));
      }
    }
    this.host = new StandInHost({
      socketClass: Socket as unknown as new (url: string) => StandardSocket,
      shelf: options.shelf,
      random: (length) => webcrypto.getRandomValues(new Uint8Array(length)).buffer,
      version,
    });
    const wx = this.host.surface();
    if (older(version, 2, 15)) delete wx.getRandomValues;
    const globals: Record<string, unknown> = {
      wx,
      console: { error: (...parts: unknown[]) => this.errors.push(parts.map(String).join(" ")) },
      setTimeout: (action: () => void, ms?: number) => {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          if (!this.#dead) action();
        }, ms);
        this.#timers.add(timer);
        return timer;
      },
      clearTimeout: (timer: NodeJS.Timeout | undefined) => {
        if (timer !== undefined) this.#timers.delete(timer);
        clearTimeout(timer);
      },
    };
    if (!older(version, 2, 13)) {
      globals.WXWebAssembly = {
        instantiate: (...args: [string, unknown]) => this.#instantiate(options, ...args),
      };
    }
    this.#context = vm.createContext(globals, { codeGeneration: { strings: false, wasm: false } });
    this.run(`{
      const root = globalThis;
      for (const name of ${JSON.stringify([...ABSENT, "Promise"])}) delete root[name];
    }`);
    // It looks for a global object by the names that this world does not have.
    this.run(
      `(function (self) {${readFileSync(require.resolve("promise-polyfill/dist/polyfill.js"), "utf8")}\n})(this)`,
    );
  }

  run(code: string): unknown {
    return vm.runInContext(code, this.#context);
  }

  /** Says where modules are: in a folder, by paths like `services/chat.js`. */
  sources(exists: (path: string) => boolean, folder: string): void {
    this.#read = (path) => (exists(path) ? readFileSync(join(folder, path), "utf8") : undefined);
  }

  /** Runs a CommonJS module as a compiled mini-program does, once, and gives its exports. */
  require(path: string): unknown {
    const there = this.#modules.get(path);
    if (there !== undefined) return there.exports;
    const code = this.#read(path);
    if (code === undefined) throw new Error(`module '${path}' is not defined`);
    const wrap = `(function (require, module, exports, ${SHADOWED.join(", ")}) {${code}\n})`;
    const wrapped = vm.runInContext(wrap, this.#context, { filename: path }) as (...args: unknown[]) => void;
    const module = { exports: {} };
    this.#modules.set(path, module);
    const require = (name: string) => {
      const candidates = resolveModule(path, name);
      return this.require(candidates.find((one) => this.#read(one) !== undefined) ?? name);
    };
    wrapped.call(undefined, require, module, module.exports);
    return module.exports;
  }

  /** The app is killed: nothing of it runs any more, and nobody is told. */
  kill(): void {
    this.host.sockets.interrupt();
    this.#dead = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #instantiate(options: WorldOptions, path: string, imports: unknown): Promise<unknown> {
    this.loaded.push(path);
    const file = options.files[path];
    if (file === undefined) throw new Error(`instantiate: no such file in the package: ${path}`);
    const module = await WebAssembly.compile(new Uint8Array(readFileSync(file)));
    const instance = await WebAssembly.instantiate(module, imports as WebAssembly.Imports);
    return options.instantiates === "result" ? { module, instance } : instance;
  }
}

function older(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a < major || (a === major && b < minor);
}
