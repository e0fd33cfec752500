import { useContext, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { Client, ClientEvents, ClientState, Message } from "../client/client.js";
import type { Listener } from "../client/emitter.js";
import {
  type ClientOwner,
  chosen,
  type MessagesOptions,
  NOTHING,
  type Snapshot,
} from "../hooks/client-owner.js";
import { OwnerContext } from "./provider.js";

/** The client of the provider above; `undefined` until it is made, and on a server. */
export function useClient(): Client | undefined {
  return useSnapshot((snapshot) => snapshot.client);
}

/** Where the client stands: `"offline"` until it is made. */
export function useClientState(): ClientState {
  return useSnapshot((snapshot) => snapshot.state);
}

/**
 * Why the client could not be made, or why it is not logged in for good: an `EngineLoadError`, `LoginRefusedError`,
 * `LoginError` or `KickedError`. `undefined` again when it is online.
 */
export function useClientError(): Error | undefined {
  return useSnapshot((snapshot) => snapshot.error);
}

/** Calls the listener that was rendered last for each event of a kind, while the component is mounted. */
export function useClientEvent<K extends keyof ClientEvents>(
  type: K,
  listener: Listener<ClientEvents[K]>,
): void {
  const owner = useOwner();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => owner.on(type, (event) => latest.current(event)), [owner, type]);
}

/**
 * The messages that arrived since the component was mounted, oldest first. Another `with` or `from` begins anew: to keep
 * them for longer is up to the application.
 */
export function useMessages(options: MessagesOptions = {}): readonly Message[] {
  const { key, limit, has } = chosen(options);
  const [kept, setKept] = useState({ key, messages: NO_MESSAGES });
  useClientEvent("message", (message) => {
    if (!has(message)) return;
    setKept((before) => {
      const earlier = before.key === key ? before.messages : NO_MESSAGES;
      return { key, messages: [...earlier, message].slice(-limit) };
    });
  });
  return kept.key === key ? kept.messages : NO_MESSAGES;
}

const NO_MESSAGES: readonly Message[] = [];

function useSnapshot<T>(choose: (snapshot: Snapshot) => T): T {
  const owner = useOwner();
  return useSyncExternalStore(
    owner.watch,
    () => choose(owner.snapshot()),
    () => choose(NOTHING),
  );
}

function useOwner(): ClientOwner {
  const owner = useContext(OwnerContext);
  if (owner === undefined) throw new Error("there is no <MobileIMProvider> above this component");
  return owner;
}
