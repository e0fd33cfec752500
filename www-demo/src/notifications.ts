/** Notifications of messages that come while nobody looks at the page, in any tab. */
import { effect } from "@preact/signals";
import { notify } from "./settings.js";

/** Whether the browser has them, and allows them. */
export function permission(): NotificationPermission | "missing" {
  return "Notification" in window ? Notification.permission : "missing";
}

/** Turns them on, or off. The browser asks the user where it must: call it on a click. */
export async function wantNotifications(on: boolean): Promise<void> {
  notify.value = on && permission() !== "missing" && (await Notification.requestPermission()) === "granted";
}

/** Held by each tab that somebody looks at. */
const LOOKED_AT = "mobileim-demo/looked-at";

/** Tells the other tabs whether somebody looks at this one. */
export function tellWhoLooks(): void {
  let letGo = () => {};
  const follow = () => {
    letGo();
    letGo = () => {};
    if (document.visibilityState !== "visible") return;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    void navigator.locks?.request(LOOKED_AT, { mode: "shared" }, () => held);
  };
  follow();
  document.addEventListener("visibilitychange", follow);
}

async function somebodyLooks(): Promise<boolean> {
  if (document.visibilityState === "visible") return true;
  const free = await navigator.locks?.request(LOOKED_AT, { ifAvailable: true }, (lock) => lock !== null);
  return free === false;
}

/** Notifies of a message, if nobody looks; `open` is called on a click on it. */
export async function notifyOf(peer: string, title: string, body: string, open: () => void): Promise<void> {
  if (!notify.value || permission() !== "granted" || (await somebodyLooks())) return;
  try {
    const notification = new Notification(title, { body, tag: `mobileim-demo/${peer}`, icon: "./icon.svg" });
    notification.onclick = () => {
      window.focus();
      open();
      notification.close();
    };
  } catch {
    // Chrome on Android has them in service workers only.
    notify.value = false;
  }
}

/** Shows in the title, and on the app's icon, how many messages wait. */
export function followUnread(unread: () => number): void {
  effect(() => {
    const count = unread();
    document.title = count > 0 ? `(${count}) MobileIM` : "MobileIM";
    void navigator.setAppBadge?.(count).catch(() => {});
  });
}
