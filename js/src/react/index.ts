/**
 * A client for React 18 and newer.
 *
 * ```tsx
 * import { createClient } from "mobileim";
 * import { MobileIMProvider, useClient, useClientState, useMessages } from "mobileim/react";
 *
 * const create = () => createClient({ url: "wss://im.example.com/websocket", getToken });
 * <MobileIMProvider create={create} user={{ userId: "alice" }}>
 *   <Chat />
 * </MobileIMProvider>
 * ```
 */
export type { MessagesOptions } from "../hooks/client-owner.js";
export { useClient, useClientError, useClientEvent, useClientState, useMessages } from "./hooks.js";
export { MobileIMProvider, type MobileIMProviderProps } from "./provider.js";
