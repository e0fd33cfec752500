import type { ApiError } from "../api.js";
import { t } from "../texts.js";

/** Says why something is not shown, or was not done. */
export function Trouble({ error }: { error: ApiError | undefined }) {
  if (error === undefined) return null;
  if (error.missingScope !== undefined)
    return (
      <div class="trouble trouble-scope" role="note">
        <strong>{t.notAllowed}</strong>
        <p>{t.missingScope(error.missingScope)}</p>
      </div>
    );
  // What is switched off is no fault.
  if (error.status === 404)
    return (
      <div class="trouble trouble-scope" role="note">
        <strong>{t.notThere}</strong>
        <p>{error.message}</p>
      </div>
    );
  return (
    <p class="trouble" role="alert">
      {inWords(error)}
    </p>
  );
}

/** What went wrong, in a sentence. */
export function inWords(error: ApiError): string {
  if (error.status === 0) return t.unreachable;
  return error.status === 503 ? t.isUnavailable(error.message) : t.failed(error.status, error.message);
}
