/** What is asked page by page: more of it each time somebody wants more. */
import { useEffect, useState } from "preact/hooks";
import { ApiError, ask } from "./api.js";

/** How many are shown at a time. */
const PAGE = 100;

export interface Pages<T> {
  /** Those that were asked for. */
  pages: readonly T[];
  /** Why there is not another one. */
  error: ApiError | undefined;
  /** Asks for another one, if there is one. */
  more: (() => void) | undefined;
  /** Asks for the first one, alone. */
  again: () => void;
}

export function usePages<T extends { next?: string }>(path: readonly string[]): Pages<T> {
  const [pages, setPages] = useState<readonly T[]>([]);
  const [error, setError] = useState<ApiError>();
  const [turn, setTurn] = useState<{ after?: string }>({});
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        const page = await ask<T>({ path, query: { ...turn, limit: PAGE } }, ended.signal);
        setPages((before) => [...(turn.after === undefined ? [] : before), page]);
        setError(undefined);
      } catch (error) {
        if (ended.signal.aborted) return;
        const told = error instanceof ApiError ? error : new ApiError(0, String(error));
        setError(told);
        if (told.isPassing) timer = setTimeout(() => setTurn({ ...turn }), 2000);
      }
    };
    void look();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [turn]);
  const next = pages.at(-1)?.next;
  const more = next === undefined ? undefined : () => setTurn({ after: next });
  return { pages, error, more, again: () => setTurn({}) };
}
