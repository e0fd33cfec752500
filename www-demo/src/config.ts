/** What the page asks its user for, beside a name. */
export type SignInKind =
  /** Nothing: a server in development mode takes any token. */
  | "name"
  /** A password, for which the server gives a token. */
  | "password"
  /** A token, which comes from elsewhere. */
  | "token";

/** Where the server is, and how one signs in. */
export interface Config {
  /** The server's addresses: of several the client goes on to the next one when nobody answers. */
  websocket: string[];
  /** What is asked for, */
  signIn: SignInKind;
  /** which is a name as long as nobody has said that it is more. */
  isGuess: boolean;
  /** Where there is a token for a password. */
  login: URL;
  /** Given as `?token=`: then nothing else is asked for. */
  token: string | undefined;
}

const KINDS: readonly SignInKind[] = ["name", "password", "token"];

/** What a server says of itself. */
interface Told {
  websocket?: unknown;
  signIn?: unknown;
}

/**
 * The page's address decides (`?ws=`, once for each address), else the server that serves the page (`/config.json`), else the
 * usual port on the same host.
 */
export async function findServer(location: Location = window.location): Promise<Config> {
  const query = new URLSearchParams(location.search);
  const token = query.get("token") ?? undefined;
  const login = new URL("login", location.href);
  const given = query.getAll("ws");
  const told = given.length > 0 ? {} : await askServer(location);
  const found = [told.websocket].flat().filter((one) => typeof one === "string" && one !== "") as string[];
  const websocket = given.length > 0 ? given : found.length > 0 ? found : [usual(location)];
  const signIn = token !== undefined ? "name" : KINDS.find((kind) => kind === told.signIn);
  return {
    websocket: websocket.map((one) => reachable(one, location)),
    signIn: signIn ?? "name",
    isGuess: signIn === undefined,
    login,
    token,
  };
}

async function askServer(location: Location): Promise<Told> {
  try {
    const response = await fetch(new URL("config.json", location.href));
    const config: unknown = response.ok ? await response.json() : undefined;
    return (config ?? {}) as Told;
  } catch {
    return {};
  }
}

/**
 * A page that came with TLS may not connect without. Where the server has none, a proxy in front of it does, and passes the
 * path of WebSockets on, too.
 */
function reachable(address: string, { protocol, host }: Location): string {
  if (protocol !== "https:" || !address.startsWith("ws:")) return address;
  return `wss://${host}${new URL(address).pathname}`;
}

function usual(location: Location): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.hostname}:3000/websocket`;
}
