import {
  effectScope,
  type InjectionKey,
  type MaybeRefOrGetter,
  markRaw,
  type Plugin,
  type ShallowRef,
  shallowRef,
  toValue,
  watch,
} from "vue";
import type { Client } from "../client/client.js";
import type { LoginOptions } from "../client/options.js";
import { ClientOwner, type Snapshot } from "../hooks/client-owner.js";

/** What {@link createMobileIM} takes. */
export interface MobileIMOptions {
  /** Makes the client: `() => createClient({ url })`. */
  create: () => Promise<Client>;
  /** Who is logged in: another user id logs the one before out, and `undefined` logs out. */
  user?: MaybeRefOrGetter<LoginOptions | undefined>;
}

/** What the plugin provides to the composables. */
export interface Provided {
  owner: ClientOwner;
  snapshot: ShallowRef<Snapshot>;
  /** Makes the client, at the first call. */
  start(): void;
}

export const PROVIDED: InjectionKey<Provided> = Symbol("mobileim");

/**
 * The plugin that owns a client: made when the first component that uses it is mounted, and closed with the app. A
 * server that renders the page makes no client.
 */
export function createMobileIM({ create, user }: MobileIMOptions): Plugin {
  return {
    install(app) {
      const owner = new ClientOwner();
      const snapshot = shallowRef(owner.snapshot());
      const scope = effectScope(true);
      let stop: (() => void) | undefined;
      const start = () => {
        if (stop !== undefined) return;
        owner.watch(() => {
          snapshot.value = owner.snapshot();
        });
        // Not to be made reactive by whoever puts it into a `ref`: it has private members.
        stop = owner.start(async () => markRaw(await create()));
        const userId = () => toValue(user)?.userId;
        scope.run(() => watch(userId, () => owner.setUser(toValue(user)), { immediate: true }));
      };
      app.provide(PROVIDED, { owner, snapshot, start });
      // Vue before 3.5 does not have it.
      app.onUnmount?.(() => {
        scope.stop();
        stop?.();
      });
    },
  };
}
