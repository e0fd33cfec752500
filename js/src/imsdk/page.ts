import { type ImsdkHost, type ImsdkNames, installImsdk } from "./install.js";

/** Makes the names global in a page. */
export function installOnPage(createClient: ImsdkHost["createClient"]): ImsdkNames {
  return installImsdk(globalThis, {
    createClient,
    random: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
    // Missing if a page is rendered by a server.
    alert: (text) => globalThis.alert?.(text),
  });
}
