/** The server's API, asked with the key of whoever is signed in. */
import { signal } from "@preact/signals";
import { key } from "./key.js";

/** The API stands beside the page, wherever a proxy has both. */
const BASE = new URL("../api/v1/", document.baseURI);

/** How long an answer may take, in ms. */
const PATIENCE_MS = 15_000;

/** Why there is no answer, or not the one that was asked for. */
export class ApiError extends Error {
  /**
   * @param status - that of HTTP; 0 if there was no answer
   * @param missingScope - what the key lacks
   */
  constructor(
    readonly status: number,
    message: string,
    readonly missingScope?: string,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** Whether the server may answer if it is asked again. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** What is wrong with the server now, by the last answer. */
export const trouble = signal<ApiError | undefined>(undefined);

/** Whether whoever was signed in is not any more, as the server does not know the key. */
export const wasRefused = signal(false);

/** A request: its method and path below the API, and what goes with it. */
export interface Request {
  method?: "GET" | "POST" | "DELETE";
  path: readonly string[];
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  body?: unknown;
}

/** What is asked, as a URL. */
export function address({ path, query = {} }: Request): URL {
  const url = new URL(path.map(encodeURIComponent).join("/"), BASE);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

/** Asks with another key than that of whoever is signed in: to see whether it is one. */
export async function askWith(secret: string, request: Request, signal?: AbortSignal): Promise<unknown> {
  const { method = "GET", body } = request;
  const time = AbortSignal.timeout(PATIENCE_MS);
  const answer = await send(address(request), {
    method,
    headers: {
      Authorization: `Bearer ${secret}`,
      ...(body !== undefined && { "Content-Type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: signal === undefined ? time : AbortSignal.any([time, signal]),
  });
  if (!answer.ok) throw await problem(answer);
  if (answer.status === 204) return undefined;
  try {
    return await answer.json();
  } catch (error) {
    throw aborted(error) ?? new ApiError(0, String(error));
  }
}

/** Asks. Rejects with an {@link ApiError}, or with what the signal was aborted with. */
export async function ask<T>(request: Request, signal?: AbortSignal): Promise<T> {
  return heed(async () => (await askWith(key.value ?? "", request, signal)) as T);
}

/** Opens a stream of events. */
export async function open(request: Request, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  return heed(async () => {
    const headers = { Authorization: `Bearer ${key.value ?? ""}`, Accept: "text/event-stream" };
    const answer = await send(address(request), { headers, signal });
    if (!answer.ok) throw await problem(answer);
    if (answer.body === null) throw new ApiError(0, "");
    return answer.body;
  });
}

/** Notices by what comes back how the server is, and whether the key is still one. */
async function heed<T>(asking: () => Promise<T>): Promise<T> {
  const asker = key.value;
  try {
    const answer = await asking();
    trouble.value = undefined;
    return answer;
  } catch (error) {
    if (error instanceof ApiError) {
      trouble.value = error.isPassing && error.status !== 429 ? error : undefined;
      if (error.status === 401 && key.value === asker) {
        wasRefused.value = true;
        key.value = undefined;
      }
    }
    throw error;
  }
}

async function send(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, cache: "no-store", credentials: "omit", redirect: "error" });
  } catch (error) {
    throw aborted(error) ?? new ApiError(0, error instanceof Error ? error.message : String(error));
  }
}

/** Nobody waits for the answer any more. */
function aborted(error: unknown): unknown {
  return error instanceof DOMException && error.name === "AbortError" ? error : undefined;
}

/** What an answer says is wrong. A proxy's own answer is no problem (RFC 9457). */
async function problem(answer: Response): Promise<ApiError> {
  let told: { detail?: unknown; missingScope?: unknown } = {};
  try {
    told = ((await answer.json()) ?? {}) as typeof told;
  } catch {
    // The status has to do.
  }
  const detail = typeof told.detail === "string" ? told.detail : answer.statusText;
  const scope = typeof told.missingScope === "string" ? told.missingScope : undefined;
  return new ApiError(answer.status, detail, scope);
}
