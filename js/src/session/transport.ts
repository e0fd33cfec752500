import { check, isFunction } from "../client/arguments.js";

/** What a {@link Connection} reports to the client. Calls after `close()` or `closed` are ignored. */
export interface ConnectionEvents {
  /** The connection is open. */
  opened(): void;
  /** A text frame arrived. */
  message(text: string): void;
  /** The connection could not be opened, or is gone. */
  closed(): void;
}

/** One connection to the server. */
export interface Connection {
  /** Sends a text frame. Called only between `opened` and `closed`. */
  send(text: string): void;
  /** Sends what waits, then closes. Reports nothing from then on. */
  close(): void;
}

/**
 * Opens a connection that carries text frames.
 *
 * All that the client knows of sockets: a browser's `WebSocket` and a mini-program's `wx.connectSocket` both fit.
 */
export type Transport = (url: string, events: ConnectionEvents) => Connection;

/** The part of the standard `WebSocket` that is used here; that of the npm package `ws` fits too. */
export interface StandardWebSocket {
  /** Called when the connection is open. */
  onopen: ((event: never) => void) | null;
  /** Called with an event whose `data` is a frame; data that is no text is ignored. */
  onmessage: ((event: never) => void) | null;
  /** Called when the connection could not be opened, or is gone. */
  onclose: ((event: never) => void) | null;
  /** Set, so that errors have a listener; `onclose` says what counts. */
  onerror: ((event: never) => void) | null;
  /** Sends a text frame. */
  send(text: string): void;
  /** Closes the connection, with 1000. */
  close(code?: number): void;
}

/** Makes {@link StandardWebSocket}s: the host's own class, or that of the npm package `ws`. */
export type WebSocketClass = new (url: string) => StandardWebSocket;

/**
 * The {@link Transport} over a standard `WebSocket` class.
 *
 * @param socketClass - the class, by default the host's own at the time of the first connection
 */
export function webSocketTransport(socketClass?: WebSocketClass): Transport {
  if (socketClass !== undefined) check("socketClass", [isFunction, "a class"], socketClass);
  return (url, events) => {
    const socket = new (socketClass ?? WebSocket)(url) as StandardWebSocket;
    const forget = () => {
      socket.onopen = socket.onmessage = socket.onclose = null;
    };
    socket.onopen = () => events.opened();
    socket.onmessage = (event: { data: unknown }) => {
      if (typeof event.data === "string") events.message(event.data);
    };
    socket.onclose = () => {
      forget();
      events.closed();
    };
    // `ws` throws an error without a listener; `onclose` says all that counts.
    socket.onerror = () => {};
    return {
      send: (text) => socket.send(text),
      close: () => {
        forget();
        socket.close(1000);
      },
    };
  };
}
