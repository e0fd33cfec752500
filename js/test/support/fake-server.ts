import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type RawData, type WebSocket, WebSocketServer } from "ws";

/** A message of the wire. */
export interface WireMessage {
  bridge?: boolean;
  type: number;
  dataContent?: string;
  from?: string;
  to?: string;
  fp?: string;
  QoS?: boolean;
  typeu?: number;
  sm?: number;
  seq?: number;
}

/** One connection that a client made. */
export class FakeSession {
  readonly received: WireMessage[] = [];
  /** As it came: how many messages stood in each frame. */
  readonly frames: number[] = [];
  readonly #socket: WebSocket;
  #waiting: { matches: (message: WireMessage) => boolean; resolve: (message: WireMessage) => void }[] = [];

  constructor(socket: WebSocket, answer: (session: FakeSession, message: WireMessage) => void) {
    this.#socket = socket;
    socket.on("message", (data: RawData) => {
      const messages = data.toString().split("\n");
      this.frames.push(messages.length);
      for (const text of messages) {
        const message = JSON.parse(text) as WireMessage;
        this.received.push(message);
        for (const waiting of this.#waiting.filter((one) => one.matches(message))) waiting.resolve(message);
        answer(this, message);
      }
    });
  }

  /** The first message of a type, received already or yet to come. */
  next(type: number): Promise<WireMessage> {
    return this.#first((message) => message.type === type);
  }

  /** When the client has acknowledged a message. */
  async acknowledged(fp: string): Promise<void> {
    await this.#first(({ type, dataContent }) => type === 4 && dataContent === fp);
  }

  #first(matches: (message: WireMessage) => boolean): Promise<WireMessage> {
    const there = this.received.find(matches);
    return there
      ? Promise.resolve(there)
      : new Promise((resolve) => this.#waiting.push({ matches, resolve }));
  }

  send(message: WireMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Several messages in one frame. */
  sendBatch(messages: readonly WireMessage[]): void {
    this.sendText(messages.map((message) => JSON.stringify(message)).join("\n"));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  answerLogin(code: number, maxBatch?: number, tokenExpiresIn?: number, missedSince?: number): void {
    const firstLoginTime = code === 0 ? 1_795_176_857_455 : -1;
    // As a MobileIM server says it; an original one says neither.
    const keepAliveInterval = code === 0 ? 15_000 : undefined;
    const more = { maxBatch, tokenExpiresIn, missedSince };
    const dataContent = JSON.stringify({ code, firstLoginTime, keepAliveInterval, ...more });
    this.send({ type: 50, dataContent, from: "0", to: code === 0 ? "alice" : "-1" });
  }

  /** The same as a server that answers questions. */
  answerLoginWithQuestions(maxQuestions = 16): void {
    const dataContent = JSON.stringify({ code: 0, firstLoginTime: 1_795_176_857_455, maxQuestions });
    this.send({ type: 50, dataContent, from: "0", to: "alice" });
  }

  /** Answers a question. */
  answerQuestion({ fp = "", from = "" }: WireMessage, content: object | string): void {
    const dataContent = typeof content === "string" ? content : JSON.stringify(content);
    this.send({ type: 80, dataContent, from: "0", to: from, fp });
  }

  acknowledge(message: WireMessage): void {
    this.send({ type: 4, dataContent: message.fp ?? "", from: message.to ?? "", to: message.from ?? "" });
  }

  kick(code: number): void {
    this.send({ type: 54, dataContent: JSON.stringify({ code }), from: "0", to: "alice" });
  }

  /** An error, with how long to wait in ms. */
  error(errorCode: number, errorMsg: string, retryAfter: number): void {
    const dataContent = JSON.stringify({ errorCode, errorMsg, retryAfter });
    this.send({ type: 52, dataContent, from: "0", to: "alice" });
  }

  close(): void {
    this.#socket.close(1012);
  }

  /** When the client's socket has answered a ping: after everything that the client has sent before. */
  async ping(): Promise<void> {
    this.#socket.ping();
    await once(this.#socket, "pong");
  }

  /** When the client has closed the connection. */
  async closed(): Promise<void> {
    if (this.#socket.readyState !== this.#socket.CLOSED) await once(this.#socket, "close");
  }
}

/** What a fake server does with a message; the session counts from 0. */
export type Answer = (session: FakeSession, message: WireMessage, sessionNumber: number) => void;

/** Accepts every login and acknowledges every message. */
export const obliging: Answer = (session, message) => {
  if (message.type === 0) session.answerLogin(0);
  if (message.type === 2 && message.QoS) session.acknowledge(message);
};

/** A WebSocket server that does what a test tells it. */
export class FakeServer {
  readonly sessions: FakeSession[] = [];
  readonly #server: WebSocketServer;
  #waiting: (() => void)[] = [];

  private constructor(server: WebSocketServer, answer: Answer) {
    this.#server = server;
    server.on("connection", (socket) => {
      const number = this.sessions.length;
      this.sessions.push(new FakeSession(socket, (session, message) => answer(session, message, number)));
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  static async start(answer: Answer = obliging, port = 0): Promise<FakeServer> {
    const server = new WebSocketServer({ host: "127.0.0.1", port, path: "/websocket" });
    const fake = new FakeServer(server, answer);
    await once(server, "listening");
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/websocket`;
  }

  /** How many connections stand. */
  get live(): number {
    return [...this.#server.clients].filter((socket) => socket.readyState === socket.OPEN).length;
  }

  /** A session, counted from 0, made already or yet to come. */
  async session(number: number): Promise<FakeSession> {
    for (;;) {
      const session = this.sessions[number];
      if (session) return session;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async stop(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
