/** What is done at the press of a button. */
import { useState } from "preact/hooks";
import { announce } from "./announcements.js";
import { ApiError } from "./api.js";

export interface Action {
  isBusy: boolean;
  /** Why it was not done. */
  error: ApiError | undefined;
  /** Does something that says what it has done, or nothing. Once at a time. */
  run: (what: () => Promise<string | undefined>) => Promise<void>;
}

export function useAction(): Action {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const run = async (what: () => Promise<string | undefined>) => {
    if (isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      announce((await what()) ?? "");
    } catch (error) {
      setError(error instanceof ApiError ? error : new ApiError(0, String(error)));
    }
    setBusy(false);
  };
  return { isBusy, error, run };
}
