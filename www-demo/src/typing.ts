/** Who types. */
import { signal } from "@preact/signals";

/** It is told again as often, in ms, while somebody goes on, */
const AGAIN_MS = 3000;

/** and believed for so long. */
const BELIEVED_MS = 5000;

/** Who types in which conversation. */
export const typing = signal<Readonly<Record<string, string>>>({});

const ends = new Map<string, ReturnType<typeof setTimeout>>();

/** Somebody types, in a conversation. */
export function begins(peer: string, by: string): void {
  clearTimeout(ends.get(peer));
  typing.value = { ...typing.value, [peer]: by };
  ends.set(
    peer,
    setTimeout(() => stops(peer), BELIEVED_MS),
  );
}

/** Nobody does any more. */
export function stops(peer: string): void {
  clearTimeout(ends.get(peer));
  const { [peer]: _, ...others } = typing.value;
  typing.value = others;
}

let told = { peer: "", at: 0 };

/** Whether it is to be told that the user types here. */
export function isToBeTold(peer: string, now = Date.now()): boolean {
  const isNew = peer !== told.peer || now - told.at > AGAIN_MS;
  if (isNew) told = { peer, at: now };
  return isNew;
}
