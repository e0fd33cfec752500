import type { ModelSession } from "./session.js";
import type { World } from "./world.js";

/** A message to the user of the world. */
export interface Incoming {
  fp: string;
}

/** What goes over a link. */
export type Frame =
  /** A connection is opened, which takes a round trip: a page that is gone or deposed by then sends no login. */
  | { type: "open" }
  | { type: "login"; firstLoginTime: number }
  | { type: "welcome"; firstLoginTime: number }
  | { type: "kick" }
  | { type: "data"; fp: string }
  | { type: "question"; fp: string }
  | { type: "answer"; fp: string }
  | { type: "acknowledgement"; fp: string };

/** A link of a session in a page to the server: in order, with delays, until one end closes it. */
export class Link {
  readonly #world: World;
  readonly session: ModelSession;
  isOpen = true;
  #upAt = 0;
  #downAt = 0;

  constructor(world: World, session: ModelSession) {
    this.#world = world;
    this.session = session;
  }

  /** To the server. */
  up(frame: Frame): void {
    this.#upAt = Math.max(this.#upAt, this.#world.time.now + this.#world.delay());
    this.#world.time.at(this.#upAt, () => {
      if (this.isOpen) this.#world.server.hear(this, frame);
    });
  }

  /** To the page. */
  down(frame: Frame): void {
    this.#arrive(() => this.session.hear(this, frame));
  }

  /** The page closes it, or is gone. */
  hangUp(): void {
    this.#upAt = Math.max(this.#upAt, this.#world.time.now + this.#world.delay());
    this.#world.time.at(this.#upAt, () => {
      this.isOpen = false;
      this.#world.server.closed(this);
    });
  }

  /** The server closes it, or the network breaks it. */
  cut(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#world.server.closed(this);
    this.#arrive(() => this.session.closed(this));
  }

  #arrive(task: () => void): void {
    this.#downAt = Math.max(this.#downAt, this.#world.time.now + this.#world.delay());
    this.#world.time.at(this.#downAt, () => this.session.page.run("socket", task));
  }
}

/** A server with one user: one session, its kick rule, and messages that wait until they are acknowledged. */
export class ModelServer {
  readonly #world: World;
  #online: { link: Link; firstLoginTime: number } | undefined;
  #waiting: Incoming[] = [];
  /** The fingerprints of messages that the user sent. */
  readonly received = new Set<string>();
  readonly acknowledged = new Set<string>();
  #links = new Set<Link>();

  constructor(world: World) {
    this.#world = world;
  }

  get session(): ModelSession | undefined {
    return this.#online?.link.session;
  }

  get waiting(): readonly Incoming[] {
    return this.#waiting;
  }

  connect(session: ModelSession): Link {
    const link = new Link(this.#world, session);
    this.#links.add(link);
    return link;
  }

  /** Somebody sends the user a message. */
  deliver(message: Incoming): void {
    this.#waiting.push(message);
    this.#online?.link.down({ type: "data", fp: message.fp });
  }

  hear(link: Link, frame: Frame): void {
    switch (frame.type) {
      case "open":
        link.down(frame);
        break;
      case "login":
        this.#login(link, frame.firstLoginTime);
        break;
      case "data":
        this.received.add(frame.fp);
        link.down({ type: "acknowledgement", fp: frame.fp });
        break;
      case "question":
        link.down({ type: "answer", fp: frame.fp });
        break;
      case "acknowledgement":
        this.acknowledged.add(frame.fp);
        this.#waiting = this.#waiting.filter(({ fp }) => fp !== frame.fp);
        break;
    }
  }

  closed(link: Link): void {
    this.#links.delete(link);
    if (this.#online?.link === link) this.#online = undefined;
  }

  /** The user is kicked out. */
  kick(): void {
    this.#online?.link.down({ type: "kick" });
    this.#online = undefined;
  }

  /** All links break. */
  cut(): void {
    for (const link of [...this.#links]) link.cut();
  }

  #login(link: Link, time: number): void {
    const before = this.#online;
    const isContinued = time !== 0 && before?.firstLoginTime === time;
    if (before !== undefined && !isContinued && before.firstLoginTime > time && time !== 0) {
      // A login that is older than the session's.
      link.down({ type: "kick" });
      return;
    }
    const firstLoginTime = time || this.#world.time.now;
    this.#online = { link, firstLoginTime };
    if (before !== undefined && before.link !== link) {
      if (!isContinued) before.link.down({ type: "kick" });
      before.link.cut();
    }
    link.down({ type: "welcome", firstLoginTime });
    for (const { fp } of this.#waiting) link.down({ type: "data", fp });
  }
}
