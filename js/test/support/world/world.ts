import type { Output } from "../../../src/tabs/host.js";
import { isSaying, type Saying, type Sending } from "../../../src/tabs/saying.js";
import type { SessionNote } from "../../../src/tabs/session-note.js";
import { seededRandom, VirtualTime } from "../virtual-time.js";
import { ModelLocks } from "./locks.js";
import { type Freeze, Page } from "./page.js";
import { ModelServer } from "./server.js";

/** Switches a safety measure off: changes what a tab wants, or leaves it out. */
export type Mutation = (page: Page, output: Output) => Output | undefined;

/** How long things go wrong, and how long they may take to be right afterwards, in ms. */
const TROUBLE_MS = 20_000;
const SLEEP_MS = 6000;
const CALM_MS = 15_000;

const TABS = 5;

/**
 * A browser with tabs of one user, a server, and everything that goes wrong: tabs are opened, closed, killed, frozen with and
 * without a word, looked at and left; links break. One seed makes one world, in virtual time.
 */
export class World {
  readonly time = new VirtualTime(1_800_000_000_000);
  readonly random: () => number;
  readonly server = new ModelServer(this);
  readonly locks = new ModelLocks();
  readonly store = { outbox: new Map<string, Sending>(), received: new Set<string>() };
  readonly hasStore: boolean;
  readonly pages: Page[] = [];
  note: SessionNote = { firstLoginTime: 0, loggedInAt: 0, beganAt: 0, loggedOutAt: 0 };
  /** When a message was shown first. */
  readonly #shownAt = new Map<string, number>();
  readonly #mutation: Mutation | undefined;
  /** By sender and receiver, when what was said last arrives. */
  readonly #arrivals = new Map<string, number>();
  #messages = 0;
  /** As a channel does. It takes most of the time. */
  readonly #clones: boolean;

  /** Whether pages ask questions: not in all worlds, so that those of earlier versions are what they were. */
  readonly #asks: boolean;

  constructor(seed: number, mutation?: Mutation) {
    this.#asks = seed % 2 === 1;
    this.random = seededRandom(seed);
    this.#mutation = mutation;
    this.hasStore = this.random() < 0.7;
    this.#clones = this.random() < 0.05;
  }

  /** Lives through everything, and returns what is wrong in the end. */
  run(): string[] {
    this.#open();
    if (this.random() < 0.5) this.#open();
    const end = this.time.now + TROUBLE_MS;
    const busy = 100 + this.random() * 900;
    while (this.time.now < end) {
      this.#act();
      this.time.runTo(this.time.now + this.random() * busy);
    }
    if (this.#alive.length === 0) this.#open();
    this.#calmDown();
    this.time.runTo(this.time.now + CALM_MS);
    const wrong = this.#judge();
    return wrong.length > 0 || this.random() < 0.6 ? wrong : this.#end();
  }

  /** How long something takes, in ms: seldom long. */
  delay(): number {
    return this.random() < 0.05 ? this.random() * 200 : this.random() * 10;
  }

  /** A page tells all others that listen. */
  say(from: Page, saying: Saying): void {
    if (this.#clones && !isSaying(saying)) throw new Error(`no saying: ${JSON.stringify(saying)}`);
    for (const to of this.pages) {
      const { channel } = to;
      if (to === from || channel === undefined) continue;
      const pair = `${from.name} ${to.name}`;
      const at = Math.max(this.#arrivals.get(pair) ?? 0, this.time.now + this.delay());
      this.#arrivals.set(pair, at);
      const copy = this.#clones ? structuredClone(saying) : saying;
      this.time.at(at, () =>
        to.run("channel", () => {
          if (to.channel === channel) to.act((now) => to.tab.heard(now, copy));
        }),
      );
    }
  }

  mutate(page: Page, output: Output): Output | undefined {
    return this.#mutation === undefined ? output : this.#mutation(page, output);
  }

  noteShown(text: string): void {
    if (!this.#shownAt.has(text)) this.#shownAt.set(text, this.time.now);
  }

  get #alive(): Page[] {
    return this.pages.filter(({ isAlive }) => isAlive);
  }

  #open(): Page {
    const page = new Page(this, `tab ${this.pages.length + 1}`);
    this.pages.push(page);
    page.run("user", () => {
      page.act((now) => page.tab.listening(now, true));
      page.logIn();
    });
    return page;
  }

  /** Something happens. */
  #act(): void {
    // A login whose answer no tab has heard cannot be continued by another one: those are let be.
    const awake = this.#alive.filter(({ frozen, isBeginning }) => frozen === undefined && !isBeginning);
    const page = awake[Math.floor(this.random() * awake.length)];
    const dice = this.random();
    if (dice < 0.3) this.#deliver();
    else if (dice < 0.55) this.#send(page);
    else if (dice < 0.62) this.#look(page);
    else if (dice < 0.72) this.#freeze(page);
    else if (dice < 0.8) this.#rest(page);
    else if (dice < 0.86) this.#listenLess(page);
    else if (dice < 0.91) {
      if (this.#alive.length < TABS) this.#open();
    } else if (dice < 0.94) page?.run("user", () => page.close());
    else if (dice < 0.97) this.#kill();
    else this.server.cut();
  }

  #send(page: Page | undefined): void {
    const qos = this.random() < 0.9;
    page?.send(qos);
    if (!qos && this.#asks) page?.ask();
  }

  /** A page crashes, asleep or awake. */
  #kill(): void {
    const pages = this.#alive.filter(({ isBeginning }) => !isBeginning);
    pages[Math.floor(this.random() * pages.length)]?.kill();
  }

  #deliver(): void {
    const burst = this.random() < 0.2 ? 5 : 1;
    for (let count = 0; count < burst; count++) {
      this.#messages += 1;
      this.server.deliver({ fp: `message ${this.#messages}` });
    }
  }

  /** The user looks at another page, or at none. */
  #look(page: Page | undefined): void {
    for (const other of this.#alive) {
      if (other !== page) other.run("user", () => other.act((now) => other.tab.visible(now, false)));
    }
    if (this.random() < 0.8) page?.act((now) => page.tab.visible(now, true));
  }

  /** A page hangs, or is frozen without a word. */
  #freeze(page: Page | undefined): void {
    if (page === undefined) return;
    page.frozen = this.random() < 0.5 ? "queues" : ("drops" satisfies Freeze);
    this.time.after(this.random() * SLEEP_MS, () => page.thaw());
  }

  /** A page is put to rest, and comes back. */
  #rest(page: Page | undefined): void {
    if (page === undefined) return;
    page.run("user", () => page.act((now) => page.tab.resting(now, true)));
    page.frozen = "drops";
    this.time.after(this.random() * SLEEP_MS, () => {
      page.thaw();
      page.run("user", () => {
        page.act((now) => page.tab.resting(now, false));
        page.act((now) => page.tab.visible(now, true));
      });
    });
  }

  /** For a while an application does not listen. */
  #listenLess(page: Page | undefined): void {
    const listen = (listens: boolean) =>
      page?.run("user", () => page.act((now) => page.tab.listening(now, listens)));
    listen(false);
    this.time.after(this.random() * 5000, () => listen(true));
  }

  /** All wake, and the user looks at each. */
  #calmDown(): void {
    this.time.runTo(this.time.now + SLEEP_MS + 1000);
    for (const page of this.#alive) {
      this.time.after(this.random() * 1000, () =>
        page.run("user", () => page.act((now) => page.tab.visible(now, true))),
      );
    }
  }

  #judge(): string[] {
    const wrong: string[] = [];
    const alive = this.#alive;
    const roles = alive.map(({ tab }) => tab.role);
    const leaders = alive.filter(({ tab }) => tab.role === "leader");
    if (leaders.length !== 1 || roles.some((role) => role !== "leader" && role !== "follower"))
      wrong.push(`roles: ${roles}`);
    if (this.locks.holder !== leaders[0]) wrong.push(`${this.locks.holder?.name} has the lock`);
    if (this.server.session?.page !== leaders[0])
      wrong.push(`${this.server.session?.page.name} has the session`);
    for (const { name, state, pending, outcomes, kicks } of alive) {
      if (state !== "online") wrong.push(`${name} is ${state}`);
      if (pending.size > 0) wrong.push(`${name} waits for ${[...pending]}`);
      for (const [fp, outcome] of outcomes) {
        if (outcome === "delivered" && !this.server.received.has(fp))
          wrong.push(`${fp} is not at the server`);
        if (!["delivered", "sent", "offline", "answered"].includes(outcome))
          wrong.push(`${fp} ended as ${outcome}`);
      }
      if (kicks > 0) wrong.push(`${name} was kicked`);
    }
    return wrong.concat(this.#judgeMessages());
  }

  #judgeMessages(): string[] {
    const wrong: string[] = [];
    const alive = this.#alive;
    if (this.server.waiting.length > 0) wrong.push(`unacknowledged: ${this.server.waiting.length}`);
    for (const text of this.server.acknowledged)
      if (!this.#shownAt.has(text)) wrong.push(`${text} was acknowledged and not shown`);
    for (const page of this.pages) {
      if (new Set(page.shown).size !== page.shown.length) wrong.push(`${page.name} shows something twice`);
    }
    const shownByLiving = new Set(alive.flatMap(({ shown }) => shown));
    for (const page of alive) {
      const missed = [...shownByLiving].filter(
        (text) => (this.#shownAt.get(text) as number) >= page.loggedInAt && !page.shown.includes(text),
      );
      if (missed.length > 0) wrong.push(`${page.name} misses ${missed}`);
    }
    return wrong;
  }

  /** A logout in one tab is one in all, and so is a kick. */
  #end(): string[] {
    const alive = this.#alive;
    const page = alive[Math.floor(this.random() * alive.length)];
    const isKick = this.random() < 0.5;
    for (const one of alive) one.send();
    const last = alive.map(({ pending }) => [...pending].at(-1) ?? "");
    if (isKick) this.server.kick();
    else page?.act((now) => page.tab.logout(now));
    this.time.runTo(this.time.now + 1000);
    return alive.flatMap(({ name, state, pending, kicks, outcomes }, index) => {
      const outcome = outcomes.get(last[index] ?? "");
      const isRight =
        state === "closed" &&
        pending.size === 0 &&
        kicks === (isKick ? 1 : 0) &&
        ["delivered", isKick ? "kicked" : "logged-out"].includes(outcome ?? "");
      return isRight
        ? []
        : [`${name} is ${state} after the end, kicked ${kicks} times, and its message ${outcome}`];
    });
  }
}
