/** What happens on the server, as it happens. */
import { useLayoutEffect, useState } from "preact/hooks";
import { ApiError, open } from "./api.js";
import { dataOf } from "./sse.js";

/** Something that has happened. What it has beside that depends on its type. */
export interface ServerEvent {
  position: number;
  id: string;
  type: string;
  at: number;
  user?: string;
  from?: string;
  to?: string;
  fp?: string;
  [more: string]: unknown;
}

/** How many are shown at most, the latest. */
const KEPT = 500;

/** How many of those that there were before are shown. */
const TAIL = 100;

/** How long one waits before the stream is opened again, and events are shown together, in ms. */
const AGAIN_MS = 1000;
const TOGETHER_MS = 150;

/** The types that there are, as the server's page on events has them. */
export const TYPES = [
  "online",
  "offline",
  "kicked",
  "login-refused",
  "delivered",
  "stored",
  "fetched",
  "refused",
  "expired",
  "message",
] as const;

/** Follows what happens, unless it is paused: then it goes on later where it stopped. */
export function useEvents(isPaused: boolean) {
  const [events, setEvents] = useState<readonly ServerEvent[]>([]);
  const [error, setError] = useState<ApiError>();
  // Once it says that it is paused, nothing more is shown.
  useLayoutEffect(() => {
    if (isPaused) return;
    const ended = new AbortController();
    let after = events[0]?.position;
    let arrived: ServerEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      const latest = arrived.reverse();
      arrived = [];
      setEvents((before) => [...latest, ...before].slice(0, KEPT));
    };
    const take = (data: string) => {
      if (ended.signal.aborted) return;
      const event = JSON.parse(data) as ServerEvent;
      after = event.position;
      arrived.push(event);
      timer ??= setTimeout(show, TOGETHER_MS);
    };
    const follow = async () => {
      while (!ended.signal.aborted) {
        try {
          const query = after === undefined ? { tail: TAIL } : { after };
          const stream = await open({ path: ["events"], query }, ended.signal);
          setError(undefined);
          for await (const data of dataOf(stream)) take(data);
        } catch (error) {
          if (ended.signal.aborted) return;
          const told = error instanceof ApiError ? error : new ApiError(0, String(error));
          setError(told);
          if (!told.isPassing) return;
        }
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    };
    void follow();
    return () => {
      ended.abort();
      clearTimeout(timer);
      show();
    };
  }, [isPaused]);
  return { events, error };
}

/** Whether an event is of this type, if one is given, and about whoever's id begins like this. */
export function isAbout({ type, user, from, to }: ServerEvent, wanted: string, who: string): boolean {
  const isOfType = wanted === "" || type === wanted;
  return isOfType && (who === "" || [user, from, to].some((one) => one?.startsWith(who)));
}

/** What an event has beside who and when it is about, as text. */
export function details(event: ServerEvent): string {
  const { position: _1, id: _2, type: _3, at: _4, user: _5, from: _6, to: _7, fp: _8, ...rest } = event;
  return Object.entries(rest)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" · ");
}
