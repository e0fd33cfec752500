/**
 * A client for Vue 3.3 and newer.
 *
 * ```ts
 * import { createClient } from "mobileim";
 * import { createMobileIM } from "mobileim/vue";
 *
 * const create = () => createClient({ url: "wss://im.example.com/websocket", getToken });
 * createApp(App).use(createMobileIM({ create, user: () => ({ userId: "alice" }) })).mount("#app");
 * ```
 *
 * In components: `const client = useClient()`, `const messages = useMessages()`.
 */
export type { MessagesOptions } from "../hooks/client-owner.js";
export { useClient, useClientError, useClientEvent, useClientState, useMessages } from "./composables.js";
export { createMobileIM, type MobileIMOptions } from "./plugin.js";
