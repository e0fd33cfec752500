import type { Transport } from "../session/transport.js";
import { host, type SocketTask } from "./wx.js";

/**
 * The {@link Transport} over `wx.connectSocket`.
 *
 * A socket's listeners cannot be removed, an error comes with or without a close, in any order, and a socket that is
 * given up may still open: what is over stays over, and is reported once.
 */
export const wxTransport: Transport = (url, events) => {
  let over = false;
  // Missing if the host reports at once that it makes no attempt.
  let task: SocketTask | undefined;
  const close = () => {
    over = true;
    try {
      task?.close({ code: 1000, success: () => {}, fail: () => {} });
    } catch {
      // It never opened, or is gone.
    }
  };
  const lost = () => {
    if (over) return;
    // After an error the socket may still stand, and only five may.
    close();
    events.closed();
  };
  // Succeeding means that an attempt is made, no more.
  task = host().connectSocket({ url, tcpNoDelay: true, success: () => {}, fail: lost });
  task?.onOpen(() => {
    // Closing did not help while it was opening.
    if (over) close();
    else events.opened();
  });
  task?.onMessage(({ data }) => {
    if (!over && typeof data === "string") events.message(data);
  });
  task?.onClose(lost);
  task?.onError(lost);
  return {
    send: (text) => {
      try {
        task?.send({ data: text, success: () => {}, fail: lost });
      } catch {
        lost();
      }
    },
    close,
  };
};
