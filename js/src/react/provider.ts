import { createContext, createElement, type ReactElement, type ReactNode, useEffect, useState } from "react";
import type { Client } from "../client/client.js";
import type { LoginOptions } from "../client/options.js";
import { ClientOwner } from "../hooks/client-owner.js";

export const OwnerContext: React.Context<ClientOwner | undefined> = createContext<ClientOwner | undefined>(
  undefined,
);

/** What {@link MobileIMProvider} takes. */
export interface MobileIMProviderProps {
  /** Makes the client, when the provider is mounted: `() => createClient({ url })`. Later functions are ignored. */
  create: () => Promise<Client>;
  /** Who is logged in: another user id logs the one before out, and `undefined` logs out. */
  user?: LoginOptions | undefined;
  children?: ReactNode;
}

/**
 * Owns a client: makes it when mounted in a browser, and closes it when unmounted. There is one connection, in
 * `StrictMode` too. A server that renders the page makes no client.
 */
export function MobileIMProvider({ create, user, children }: MobileIMProviderProps): ReactElement {
  const [owner] = useState(() => new ClientOwner());
  const [first] = useState(() => create);
  useEffect(() => owner.start(first), [owner, first]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an equal user is usually another object
  useEffect(() => owner.setUser(user), [owner, user?.userId]);
  return createElement(OwnerContext.Provider, { value: owner }, children);
}
