/**
 * What this package uses of a mini-program's host, and no more: Tencent's own declarations (`miniprogram-api-typings`)
 * fit these, so that an application needs none of ours.
 */
export interface MiniProgramHost {
  connectSocket(options: { url: string; tcpNoDelay: boolean; success(): void; fail(): void }): SocketTask;
  getRandomValues?(options: {
    length: number;
    success(result: { randomValues: ArrayBuffer }): void;
    fail(error: HostError): void;
  }): void;
  getStorageInfo(options: { success(result: { keys: string[] }): void; fail(error: HostError): void }): void;
  getStorage(options: {
    key: string;
    success(result: { data: unknown }): void;
    fail(error: HostError): void;
  }): void;
  setStorage(options: { key: string; data: unknown; success(): void; fail(error: HostError): void }): void;
  removeStorage(options: { key: string; success(): void; fail(error: HostError): void }): void;
  getSystemInfoSync(): { SDKVersion?: string; version?: string; system?: string };
  showModal?(options: { content: string; showCancel: boolean; success(): void; fail(): void }): void;
  onAppShow(listener: () => void): void;
  offAppShow(listener: () => void): void;
  onAppHide(listener: () => void): void;
  offAppHide(listener: () => void): void;
  onNetworkStatusChange(listener: (status: { isConnected: boolean }) => void): void;
  // Tencent's declarations have the listener take something else here.
  offNetworkStatusChange(listener: never): void;
}

/** One socket. Its listeners cannot be removed. */
export interface SocketTask {
  onOpen(listener: () => void): void;
  onMessage(listener: (event: { data: unknown }) => void): void;
  onClose(listener: () => void): void;
  onError(listener: () => void): void;
  send(options: { data: string; success(): void; fail(): void }): void;
  close(options: { code: number; success(): void; fail(): void }): void;
}

/** How the host words a failure. */
export interface HostError {
  errMsg?: string;
}

/** The functions that a WebAssembly module imports, by module and name. */
export type Imports = Record<string, Record<string, (...args: never[]) => unknown>>;

/** The host's WebAssembly, which loads files of the app only. */
export interface MiniProgramWebAssembly {
  instantiate(path: string, imports: Imports): Promise<unknown>;
}

declare const wx: MiniProgramHost | undefined;
declare const WXWebAssembly: MiniProgramWebAssembly | undefined;

/** The host. @throws Error if this is no mini-program */
export function host(): MiniProgramHost {
  if (typeof wx === "undefined") {
    throw new Error("there is no `wx`: mobileim/miniprogram is for WeChat mini-programs, mobileim for pages");
  }
  return wx;
}

/** The host's WebAssembly. @throws Error if the base library is older than 2.13.0 */
export function webAssembly(): MiniProgramWebAssembly {
  if (typeof WXWebAssembly === "undefined") throw tooOld("WXWebAssembly", "2.13.0");
  return WXWebAssembly;
}

/** The error of a host that lacks something, with what to do about it. */
export function tooOld(what: string, since: string): Error {
  const version = host().getSystemInfoSync().SDKVersion ?? "unknown";
  return new Error(
    `${what} is missing: it needs base library ${since} or newer, this is ${version}. Set the mini-program's minimum ` +
      "base library version to 2.15.0",
  );
}

/** The host's version, for bug reports. */
export function agent(): string {
  const { version, SDKVersion, system } = host().getSystemInfoSync();
  return `WeChat ${version}, base library ${SDKVersion}, ${system}`;
}

/** An error of the host's, which is no `Error`. */
export function hostError(what: string, { errMsg }: HostError): Error {
  return new Error(`${what} failed: ${errMsg ?? "the host does not say why"}`);
}
