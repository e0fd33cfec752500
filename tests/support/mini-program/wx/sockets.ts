/** A stand-in for `wx.connectSocket`, over a standard WebSocket class. */

/** The part of a standard WebSocket that is used. */
export interface StandardSocket {
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(data: string | ArrayBuffer): void;
  close(code?: number, reason?: string): void;
}

type Callbacks = { success?(result: object): void; fail?(error: { errMsg: string }): void };
type Listener = (event: never) => void;

const OPEN = 1;
/** The host allows no more at a time. */
const LIMIT = 5;

export class Sockets {
  readonly #socketClass: new (
    url: string,
  ) => StandardSocket;
  readonly #tasks = new Set<Task>();
  /** How many were opened, ever. */
  opened = 0;

  constructor(socketClass: new (url: string) => StandardSocket) {
    this.#socketClass = socketClass;
  }

  /** How many there are. */
  get count(): number {
    return this.#tasks.size;
  }

  connect(options: Callbacks & { url: string }): object | undefined {
    if (this.#tasks.size >= LIMIT) {
      later(() => options.fail?.({ errMsg: "connectSocket:fail max connections reached" }));
      return undefined;
    }
    this.opened += 1;
    const task = new Task(new this.#socketClass(options.url), () => this.#tasks.delete(task));
    this.#tasks.add(task);
    later(() => options.success?.({ errMsg: "connectSocket:ok" }));
    return task.surface();
  }

  /** Breaks every socket, as the host does when an app has been in the background for five seconds; gives the telling of it. */
  interrupt(): () => void {
    const tells = [...this.#tasks].map((task) => task.interrupt());
    return () => {
      for (const tell of tells) tell();
    };
  }
}

class Task {
  readonly #socket: StandardSocket;
  readonly #gone: () => void;
  readonly #listeners = new Map<string, Listener[]>();
  #ended = false;

  constructor(socket: StandardSocket, gone: () => void) {
    this.#socket = socket;
    this.#gone = gone;
    socket.onopen = () => this.#emit("open", { header: {} });
    socket.onmessage = ({ data }) => this.#emit("message", { data });
    socket.onclose = ({ code, reason }) => this.#end({ code, reason });
    socket.onerror = () => {
      this.#emit("error", { errMsg: "connectSocket:fail" });
      // There is no close after an error, as on some phones.
      this.#end(undefined);
    };
  }

  /** What the app gets: no more than the host gives. */
  surface(): object {
    const on = (type: string) => (listener: Listener) => {
      this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
    };
    return {
      onOpen: on("open"),
      onMessage: on("message"),
      onClose: on("close"),
      onError: on("error"),
      send: (options: Callbacks & { data: string | ArrayBuffer }) => this.#send(options),
      close: (options: Callbacks & { code?: number; reason?: string }) => this.#close(options),
    };
  }

  interrupt(): () => void {
    this.#socket.onclose = this.#socket.onmessage = this.#socket.onopen = null;
    // `ws` throws an error that nobody listens to.
    this.#socket.onerror = () => {};
    this.#socket.close();
    this.#gone();
    return () => {
      this.#emit("error", { errMsg: "interrupted" });
      this.#end({ code: 1006, reason: "interrupted" });
    };
  }

  #send({ data, success, fail }: Callbacks & { data: string | ArrayBuffer }): void {
    if (typeof data !== "string" && Object.prototype.toString.call(data) !== "[object ArrayBuffer]") {
      throw new TypeError("send takes a string or an ArrayBuffer");
    }
    if (this.#ended || this.#socket.readyState !== OPEN) {
      later(() => fail?.({ errMsg: "sendSocketMessage:fail" }));
      return;
    }
    this.#socket.send(data);
    later(() => success?.({ errMsg: "sendSocketMessage:ok" }));
  }

  #close({ code = 1000, reason = "", success, fail }: Callbacks & { code?: number; reason?: string }): void {
    if (code !== 1000 && (code < 3000 || code > 4999)) throw new RangeError(`no such close code: ${code}`);
    if (this.#ended || this.#socket.readyState !== OPEN) {
      later(() => fail?.({ errMsg: "closeSocket:fail" }));
      return;
    }
    this.#socket.close(code, reason);
    later(() => success?.({ errMsg: "closeSocket:ok" }));
  }

  #end(event: { code: number; reason: string } | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#gone();
    if (event !== undefined) this.#emit("close", event);
  }

  #emit(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }
}

/** The host answers after the call, never within it. */
function later(action: () => void): void {
  setTimeout(action);
}
