import {
  type ComputedRef,
  computed,
  inject,
  type MaybeRefOrGetter,
  onBeforeMount,
  onMounted,
  onUnmounted,
  type ShallowRef,
  shallowRef,
  toValue,
  watch,
} from "vue";
import type { Client, ClientEvents, ClientState, Message } from "../client/client.js";
import type { Listener } from "../client/emitter.js";
import { chosen, type MessagesOptions } from "../hooks/client-owner.js";
import { PROVIDED, type Provided } from "./plugin.js";

/** The client of the app; `undefined` until it is made, and on a server. */
export function useClient(): ComputedRef<Client | undefined> {
  const { snapshot } = useProvided();
  return computed(() => snapshot.value.client);
}

/** Where the client stands: `"offline"` until it is made. */
export function useClientState(): ComputedRef<ClientState> {
  const { snapshot } = useProvided();
  return computed(() => snapshot.value.state);
}

/**
 * Why the client could not be made, or why it is not logged in for good: an `EngineLoadError`, `LoginRefusedError`,
 * `LoginError` or `KickedError`. `undefined` again when it is online.
 */
export function useClientError(): ComputedRef<Error | undefined> {
  const { snapshot } = useProvided();
  return computed(() => snapshot.value.error);
}

/** Calls the listener for each event of a kind, while the component is mounted. */
export function useClientEvent<K extends keyof ClientEvents>(
  type: K,
  listener: Listener<ClientEvents[K]>,
): void {
  const { owner } = useProvided();
  let off: (() => void) | undefined;
  // All components come here before the first one is mounted and the client is made.
  onBeforeMount(() => {
    off = owner.on(type, listener);
  });
  onUnmounted(() => off?.());
}

/**
 * The messages that arrived since the component was mounted, oldest first. Another `with` or `from` begins anew: to keep
 * them for longer is up to the application.
 */
export function useMessages(
  options: MaybeRefOrGetter<MessagesOptions> = {},
): Readonly<ShallowRef<readonly Message[]>> {
  chosen(toValue(options));
  const messages = shallowRef<readonly Message[]>([]);
  useClientEvent("message", (message) => {
    const { limit, has } = chosen(toValue(options));
    if (has(message)) messages.value = [...messages.value, message].slice(-limit);
  });
  const begin = () => {
    messages.value = [];
  };
  watch(() => chosen(toValue(options)).key, begin, { flush: "sync" });
  return messages;
}

function useProvided(): Provided {
  const provided = inject(PROVIDED, undefined);
  if (provided === undefined) throw new Error("the app does not use the plugin of createMobileIM()");
  onMounted(provided.start);
  return provided;
}
