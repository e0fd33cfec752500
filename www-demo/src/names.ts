import { t } from "./texts.js";

/** The user id by which the server itself writes. */
const SERVER = "0";

/** How a user is called. */
export function nameOf(userId: string): string {
  return userId === SERVER ? t.serverName : userId;
}
