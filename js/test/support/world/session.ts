import type { QuestionFailure } from "../../../src/client/errors.js";
import type { Report, Reporter } from "../../../src/session/report.js";
import type { Sending } from "../../../src/tabs/saying.js";
import type { Page } from "./page.js";
import type { Frame, Link } from "./server.js";

const RECONNECT_MS = 500;

/** The session in a page, as far as tabs see of it: what `LocalSession` and the engine do. */
export class ModelSession {
  readonly page: Page;
  readonly #report: Reporter;
  #isOver = true;
  #isDropped = false;
  #isOnline = false;
  #listens = false;
  #firstLoginTime = 0;
  #link: Link | undefined;
  #outbox = new Map<string, Sending>();
  /** The ids of questions that are not answered. */
  #asked = new Set<string>();
  #received = new Set<string>();
  /** What waits for a listener, unacknowledged. */
  #held: string[] = [];

  constructor(page: Page, report: Reporter) {
    this.page = page;
    this.#report = report;
  }

  /** Whether a login that continues none was not answered yet. */
  get isBeginning(): boolean {
    return !this.#isOver && this.#firstLoginTime === 0;
  }

  login(firstLoginTime: number): void {
    const { store } = this.page.world;
    this.#isOver = false;
    this.#firstLoginTime = firstLoginTime;
    for (const [fp, sending] of store.outbox) if (!this.#outbox.has(fp)) this.#outbox.set(fp, sending);
    for (const fp of store.received) this.#received.add(fp);
    this.#tell({ type: "state", state: "connecting" });
    this.#connect();
  }

  logout(): void {
    if (this.#isOver) return;
    for (const [to, text, typeu, qos, fp] of [...this.#outbox.values()]) {
      this.#settle(fp);
      const message = { from: "alice", to, text, typeu, qos, fp, bridge: false };
      this.#tell({ type: "lost", message, reason: "logged-out" });
    }
    this.#end();
  }

  send(...sending: Sending): void {
    const [, , , qos, fp] = sending;
    if (this.#isOver) {
      this.#tell({ type: "answered", fp, failure: "not-logged-in" });
      return;
    }
    if (this.#outbox.has(fp)) return;
    if (qos) {
      this.#outbox.set(fp, sending);
      this.page.write(() => this.page.world.store.outbox.set(fp, sending));
    }
    if (this.#isOnline) this.#link?.up({ type: "data", fp });
    if (!qos) this.#tell({ type: "answered", fp, failure: this.#isOnline ? undefined : "offline" });
  }

  ask(id: string): void {
    if (this.#isOver) this.#answer(id, "not-logged-in");
    else {
      this.#asked.add(id);
      if (this.#isOnline) this.#link?.up({ type: "question", fp: id });
    }
  }

  listening(listens: boolean): void {
    this.#listens = listens;
    if (listens) for (const fp of this.#held.splice(0)) this.#receive(fp);
  }

  /** Lets go of it without a logout. */
  drop(): void {
    this.#isDropped = true;
    this.#link?.hangUp();
    this.#link = undefined;
  }

  hear(link: Link, frame: Frame): void {
    if (this.#link !== link) return;
    switch (frame.type) {
      case "open":
        link.up({ type: "login", firstLoginTime: this.#firstLoginTime });
        break;
      case "welcome":
        this.#firstLoginTime = frame.firstLoginTime;
        this.#isOnline = true;
        this.#tell({ type: "state", state: "online" });
        this.#tell({ type: "logged-in", firstLoginTime: frame.firstLoginTime, reconnect: false });
        for (const fp of this.#outbox.keys()) link.up({ type: "data", fp });
        for (const fp of this.#asked) link.up({ type: "question", fp });
        break;
      case "kick":
        this.#end();
        this.#tell({ type: "kicked", code: 1 });
        break;
      case "data":
        if (this.#listens) this.#receive(frame.fp);
        else this.#held.push(frame.fp);
        break;
      case "answer":
        if (this.#asked.delete(frame.fp)) this.#answer(frame.fp);
        break;
      case "acknowledgement":
        if (!this.#outbox.has(frame.fp)) break;
        this.#settle(frame.fp);
        this.#tell({ type: "delivered", fp: frame.fp });
        break;
    }
  }

  closed(link: Link): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#isOnline = false;
    this.#held = [];
    this.#tell({ type: "state", state: "waiting" });
    this.page.after(RECONNECT_MS, () => {
      if (!this.#isOver && !this.#isDropped && this.#link === undefined) this.#connect();
    });
  }

  #connect(): void {
    const link = this.page.world.server.connect(this);
    this.#link = link;
    link.up({ type: "open" });
  }

  #receive(fp: string): void {
    if (!this.#received.has(fp)) {
      this.#received.add(fp);
      this.page.write(() => this.page.world.store.received.add(fp));
      const message = { from: "bob", to: "alice", text: fp, typeu: -1, qos: true, bridge: false, fp };
      this.#tell({ type: "message", message });
    }
    this.#link?.up({ type: "acknowledgement", fp });
  }

  #settle(fp: string): void {
    this.#outbox.delete(fp);
    this.page.write(() => this.page.world.store.outbox.delete(fp));
  }

  #answer(id: string, failure?: QuestionFailure): void {
    this.#tell({ type: "answer", id, text: "", failure });
  }

  #end(): void {
    for (const id of this.#asked) this.#answer(id, "session-ended");
    this.#asked.clear();
    this.#isOver = true;
    this.#isOnline = false;
    this.#link?.hangUp();
    this.#link = undefined;
    this.#tell({ type: "state", state: "closed" });
  }

  #tell(report: Report): void {
    if (!this.#isDropped) this.#report(report);
  }
}
