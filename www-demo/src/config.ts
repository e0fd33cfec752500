/** Where the server is. */
export interface Config {
  websocket: string;
  /** Given as `?token=`; a server in `--dev` mode takes any. */
  token: string;
}

/**
 * The page's address decides (`?ws=`), else the server that serves the page (`/config.json`), else the usual port on the
 * same host.
 */
export async function findServer(location: Location = window.location): Promise<Config> {
  const query = new URLSearchParams(location.search);
  const websocket = query.get("ws") ?? (await askServer(location)) ?? usual(location);
  return { websocket, token: query.get("token") ?? "demo" };
}

async function askServer(location: Location): Promise<string | undefined> {
  try {
    const response = await fetch(new URL("config.json", location.href));
    const config: unknown = response.ok ? await response.json() : undefined;
    const { websocket } = (config ?? {}) as { websocket?: unknown };
    return typeof websocket === "string" ? websocket : undefined;
  } catch {
    return undefined;
  }
}

function usual(location: Location): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.hostname}:3000/websocket`;
}
