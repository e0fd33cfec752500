/** What is asked again and again, as long as it is looked at. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError, ask, type Request } from "./api.js";

export interface Polled<T> {
  /** The last answer. */
  data: T | undefined;
  /** Why there is no newer one. */
  error: ApiError | undefined;
  /** Asks at once. */
  again: () => void;
}

/** Asks now, and every so many ms; only once if there is no time. What fails for a while is asked again. */
export function usePolled<T>(request: Request, everyMs?: number): Polled<T> {
  const name = JSON.stringify(request);
  const [{ of, data, error }, setState] = useState<{ of: string; data?: T; error?: ApiError }>({ of: name });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = async () => {
      let wait = everyMs;
      try {
        if (document.visibilityState === "visible")
          setState({ of: name, data: await ask<T>(request, ended.signal) });
      } catch (error) {
        if (ended.signal.aborted) return;
        const told = error instanceof ApiError ? error : new ApiError(0, String(error));
        setState((before) => ({ ...(before.of === name && before), of: name, error: told }));
        if (told.isPassing) wait ??= 2000;
      }
      if (wait !== undefined && !ended.signal.aborted) timer = setTimeout(() => void next(), wait);
    };
    void next();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [name, everyMs, turn]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  return of === name ? { data, error, again } : { data: undefined, error: undefined, again };
}
