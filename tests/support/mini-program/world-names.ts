const words = (text: string) => text.split(" ");

/** Names that the function around each module of a compiled mini-program shadows; `fetch` only older ones. */
export const SHADOWED = words(
  "window document frames self location navigator localStorage history Caches screen alert confirm prompt XMLHttpRequest WebSocket Reporter webkit WeixinJSCore fetch",
);

/** Names that mini-programs of some phones do not have, or not in full, or only other ones than browsers. */
export const ABSENT = words(
  "TextEncoder TextDecoder crypto performance URL URLSearchParams globalThis FinalizationRegistry WeakRef BigInt BigInt64Array BigUint64Array queueMicrotask Proxy WebAssembly SharedArrayBuffer Atomics structuredClone AbortController Event EventTarget indexedDB caches Worker BroadcastChannel importScripts setImmediate Buffer process global",
);
