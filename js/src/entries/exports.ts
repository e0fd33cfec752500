/** What every entry point exports, beside its own `createClient`. */
export { ArgumentError } from "../client/arguments.js";
export type {
  Client,
  ClientEvents,
  ClientState,
  Delivered,
  Device,
  Devices,
  LinkLostReason,
  LogEntry,
  Lost,
  LostReason,
  Message,
  Missed,
  SessionEvent,
} from "../client/client.js";
export type {
  Conversation,
  ConversationOptions,
  ConversationPage,
  Group,
  GroupChange,
  GroupChanged,
  GroupMembers,
  GroupOptions,
  GroupRole,
  GroupSettings,
  HistoryMessage,
  HistoryOptions,
  HistoryPage,
  NewGroup,
  Presence,
  Read,
  ReadMark,
  Typing,
} from "../client/conversations.js";
export type { Listener } from "../client/emitter.js";
export {
  ConnectError,
  EngineLoadError,
  KickedError,
  LoginError,
  type LoginErrorCode,
  LoginRefusedError,
  MobileIMError,
  QuestionError,
  type QuestionFailure,
  SendError,
  type SendFailure,
  ServerError,
  TokenError,
} from "../client/errors.js";
export type { Diagnostics, HostKind } from "../client/log.js";
export type { ClientOptions, LoginOptions, SendOptions, SenseMode, UserId } from "../client/options.js";
export type { Refs, ReplyTo } from "../client/refs.js";
export type {
  EngineExports,
  EngineImports,
  Instantiate,
  WasmSource,
} from "../platform/engine.js";
export type { Role } from "../session/session.js";
export {
  type Connection,
  type ConnectionEvents,
  type StandardWebSocket,
  type Transport,
  type WebSocketClass,
  webSocketTransport,
} from "../session/transport.js";
export type { MessageStore, StoredMessages } from "../store/store.js";
