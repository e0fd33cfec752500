import { type Client, createClient, type MobileIMError } from "mobileim/uni";
import { reactive } from "vue";
import { type Entry, loadHistory, saveHistory } from "./history.js";

/** What the pages show. */
export const session = reactive({
  userId: "",
  online: false,
  entries: [] as Entry[],
});

/** Called when the server has ended the session, with its reason. */
let onKicked: (reason: string) => void = () => {};
let client: Client | undefined;

/** Signs in and stays signed in. @throws MobileIMError */
export async function signIn(url: string, userId: string, kicked: (reason: string) => void): Promise<void> {
  onKicked = kicked;
  client?.close();
  client = await createClient({
    url,
    // Where the application knows its user from, a token for this user.
    getToken: () => "demo",
    // #ifdef MP-WEIXIN
    wasm: "/static/mp-weixin/mobileim.wasm",
    // #endif
  });
  session.userId = userId;
  session.entries = loadHistory(userId);
  listen(client);
  await client.login({ userId });
}

export function signOut(): void {
  void client?.logout();
}

/** Shows a message and sends it. */
export function say(peer: string, text: string): void {
  if (client === undefined) return;
  const entry: Entry = { fp: client.newFingerprint(), peer, text, mine: true, status: "sending" };
  session.entries.push(entry);
  transmit(entry);
}

/** Sends a message again that was not delivered. */
export function sayAgain(fp: string): void {
  const entry = session.entries.find((one) => one.fp === fp);
  if (entry?.status !== "failed") return;
  entry.status = "sending";
  transmit(entry);
}

function transmit({ fp, peer, text }: Entry): void {
  save();
  client?.send(peer, text, { fp }).then(
    () => mark(fp, "delivered"),
    () => mark(fp, "failed"),
  );
}

function listen(client: Client): void {
  client.on("state", (state) => {
    session.online = state === "online";
  });
  client.on("message", ({ fp, from, to, text, own = false }) => {
    // One's own is from another device.
    session.entries.push({
      fp: fp ?? "",
      peer: own ? to : from,
      text,
      mine: own,
      status: own ? "delivered" : undefined,
    });
    save();
  });
  // Of messages that were on their way when the application was closed.
  client.on("delivered", ({ fp }) => mark(fp, "delivered"));
  client.on("lost", ({ message }) => mark(message.fp ?? "", "failed"));
  client.on("kicked", (error: MobileIMError) => onKicked(error.message));
}

function mark(fp: string, status: Entry["status"]): void {
  const entry = session.entries.find((one) => one.fp === fp);
  if (entry === undefined) return;
  entry.status = status;
  save();
}

function save(): void {
  saveHistory(session.userId, session.entries);
}
