/** What every entry point exports, beside its own `createClient`. */
export { ArgumentError } from "./arguments.js";
export type { Client, ClientEvents, ClientState, Delivered, LogEntry, Lost, Message } from "./client.js";
export type { Diagnostics, HostKind } from "./diagnostics.js";
export type { Role } from "./driver.js";
export type { Listener } from "./emitter.js";
export type {
  EngineExports,
  EngineImports,
  Instantiate,
  LinkLostReason,
  LostReason,
  WasmSource,
} from "./engine.js";
export {
  ConnectError,
  EngineLoadError,
  KickedError,
  LoginError,
  type LoginErrorCode,
  LoginRefusedError,
  MobileIMError,
  SendError,
  type SendFailure,
  ServerError,
  TokenError,
} from "./errors.js";
export type { ClientOptions, LoginOptions, SendOptions, SenseMode, UserId } from "./options.js";
export type { MessageStore, StoredMessages } from "./store.js";
export {
  type Connection,
  type ConnectionEvents,
  type StandardWebSocket,
  type Transport,
  type WebSocketClass,
  webSocketTransport,
} from "./transport.js";
