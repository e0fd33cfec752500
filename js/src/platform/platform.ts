import type { HostKind } from "../client/log.js";
import type { SessionParts } from "../session/local.js";
import type { Reporter } from "../session/report.js";
import type { Session } from "../session/session.js";
import type { Transport } from "../session/transport.js";
import type { MessageStore } from "../store/store.js";
import type { EngineClass, WasmSource } from "./engine.js";

/** What the host tells about itself. */
export interface Hints {
  /** The user looks at the page again, or does not any more. */
  visible(visible: boolean): void;
  /** The network is back, or gone. */
  network(available: boolean): void;
  /** The page is put to rest as it is, to come back some time or never; or is back. Only if the host has such a thing. */
  resting(resting: boolean): void;
}

/** Everything that differs from host to host. Each entry point brings one. */
export interface Platform {
  /** Which kind of host it is. */
  host: HostKind;
  /** The kind of device that logins name, unless the application has a word of its own. */
  device: string;
  /** The host's own name and version. */
  agent(): string;
  /** Loads the engine, once. */
  load(wasm: WasmSource | undefined): Promise<EngineClass>;
  /** The host's own sockets. */
  transport: Transport;
  /** Throws if the host has none. */
  checkTransport?(): void;
  /** 64 bits of good randomness, as two unsigned 32-bit numbers. */
  seed(): [number, number] | Promise<[number, number]>;
  /** Passes hints on until the returned function is called. */
  watch(hints: Hints): () => void;
  /** The host's own storage for the messages of one server address, if there is any. */
  store?(url: string): MessageStore;
  /** A session that shares its connection with the host's other pages; undefined if the host cannot. */
  share?(parts: SessionParts, report: Reporter): Session | undefined;
}

/** The seed by Web Crypto. */
export function cryptoSeed(): [number, number] {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return [high, low];
}

/** Runs the loader at the first call only, or again after a failure. */
export function once<A extends unknown[], T>(load: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let loading: Promise<T> | undefined;
  return (...args) => {
    loading ??= load(...args).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
