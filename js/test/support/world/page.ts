import type { Report } from "../../../src/session/report.js";
import type { TabHost, TabSession } from "../../../src/tabs/host.js";
import type { Saying } from "../../../src/tabs/saying.js";
import { Tab } from "../../../src/tabs/tab.js";
import { ModelSession } from "./session.js";
import type { World } from "./world.js";

/** Where a task of a page comes from: tasks of one source run in order, those of several as it comes. */
type Source = "lock" | "channel" | "socket" | "timer" | "user";

/** What a frozen page finds of what other tabs said meanwhile. */
export type Freeze = "queues" | "drops";

/** A tab: what the browser does for it, and what an application sees of its client. */
export class Page {
  readonly world: World;
  readonly name: string;
  readonly tab: Tab;
  isAlive = true;
  frozen: Freeze | undefined;
  /** Changes when the page joins or leaves the channel; undefined while it is not in it. */
  channel: object | undefined;
  readonly loggedInAt: number;
  /** The texts that were shown, in order. */
  readonly shown: string[] = [];
  kicks = 0;
  state = "offline";
  readonly pending = new Set<string>();
  readonly outcomes = new Map<string, string>();
  #session: ModelSession;
  #acting = false;
  #timer = 0;
  #tasks: [Source, () => void][] = [];
  #micro: (() => void)[] = [];
  #sends = 0;

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.loggedInAt = world.time.now;
    this.tab = new Tab(world.random);
    this.#session = this.#newSession();
  }

  /** Whether a login of its own was not answered yet. */
  get isBeginning(): boolean {
    return this.#session.isBeginning;
  }

  /** Runs a task, now or when the page is awake. */
  run(source: Source, task: () => void): void {
    if (!this.isAlive) return;
    if (this.frozen !== undefined) {
      if (source !== "channel" || this.frozen === "queues") this.#tasks.push([source, task]);
      return;
    }
    task();
    for (let next = this.#micro.shift(); next !== undefined; next = this.#micro.shift()) next();
  }

  after(ms: number, task: () => void): void {
    this.world.time.after(ms, () => this.run("timer", task));
  }

  /** Begins to write to the store: what a page that is killed began last is not written. */
  write(change: () => void): void {
    const { world } = this;
    if (!world.hasStore) return;
    world.time.after(world.delay(), () => {
      if (this.isAlive) change();
    });
  }

  thaw(): void {
    this.frozen = undefined;
    const tasks = this.#tasks;
    this.#tasks = [];
    while (tasks.length > 0 && this.isAlive) {
      const sources = [...new Set(tasks.map(([source]) => source))];
      const source = sources[Math.floor(this.world.random() * sources.length)];
      const [[, task]] = tasks.splice(
        tasks.findIndex(([one]) => one === source),
        1,
      ) as [[Source, () => void]];
      this.run("user", task);
    }
  }

  logIn(): void {
    this.act((now) => this.tab.login(now, { userId: "alice" }));
  }

  send(qos = true): void {
    this.#sends += 1;
    const fp = `${this.name}-${this.#sends}`;
    this.pending.add(fp);
    this.act((now) => {
      const answer = this.tab.send(now, "bob", fp, -1, qos, fp);
      if (answer !== undefined) this.#hear(answer);
    });
  }

  ask(): void {
    this.#sends += 1;
    const id = `${this.name}?${this.#sends}`;
    this.pending.add(id);
    this.act((now) => {
      const answer = this.tab.ask(now, id, "{}");
      if (answer !== undefined) this.#hear(answer);
    });
  }

  close(): void {
    const untaken = this.tab.close(this.world.time.now);
    this.#perform();
    this.#session.drop();
    for (const fp of untaken) this.#settle(fp, "closed");
    this.kill();
  }

  kill(): void {
    this.isAlive = false;
    this.channel = undefined;
    this.#session.drop();
    this.world.locks.gone(this);
  }

  /** Changes the tab, and does what it wants. */
  act(change: (now: number) => void): void {
    change(this.world.time.now);
    if (this.#acting) return;
    this.#acting = true;
    this.#perform();
    this.#acting = false;
    const { deadline } = this.tab;
    const timer = ++this.#timer;
    if (deadline === Number.POSITIVE_INFINITY) return;
    this.world.time.at(deadline, () =>
      this.run("timer", () => {
        if (timer === this.#timer) this.act((now) => this.tab.timeout(now));
      }),
    );
  }

  #perform(): void {
    for (let output = this.tab.poll(); output !== undefined; output = this.tab.poll()) {
      const changed = this.world.mutate(this, output);
      if (changed === undefined) continue;
      const [name, ...args] = changed;
      (this.#host[name] as (...args: unknown[]) => void)(...args);
    }
  }

  readonly #host: TabHost & TabSession = {
    report: (report) => this.#hear(report),
    say: (...saying: Saying) => this.world.say(this, saying),
    flushSoon: () => void this.#micro.push(() => this.act((now) => this.tab.flush(now))),
    join: () => {
      this.channel = {};
      this.world.locks.stand(this, false);
    },
    leave: (after) => {
      this.channel = undefined;
      this.world.locks.withdraw(this, after);
    },
    stand: (force) => this.world.locks.stand(this, force),
    note: (note) => {
      this.world.note = { firstLoginTime: 0, loggedInAt: 0, beganAt: 0, loggedOutAt: 0, ...note };
    },
    login: (_, firstLoginTime) => this.#session.login(firstLoginTime),
    logout: () => this.#session.logout(),
    send: (...sending) => this.#session.send(...sending),
    ask: (id) => this.#session.ask(id),
    signal: () => {},
    listening: (listening) => this.#session.listening(listening),
    visible: () => {},
    network: () => {},
    drop: () => {
      const session = this.#session;
      this.#session = this.#newSession();
      session.drop();
    },
  };

  #newSession(): ModelSession {
    const session: ModelSession = new ModelSession(this, (report) => {
      if (this.#session === session) this.act((now) => this.tab.reported(now, report));
    });
    return session;
  }

  #hear(report: Report): void {
    switch (report.type) {
      case "message":
        this.shown.push(report.message.text);
        this.world.noteShown(report.message.text);
        break;
      case "delivered":
        this.#settle(report.fp, "delivered");
        break;
      case "lost":
        this.#settle(report.message.fp ?? "", report.reason);
        break;
      case "answered":
        this.#settle(report.fp, report.failure ?? "sent");
        break;
      case "answer":
        this.#settle(report.id, report.failure ?? "answered");
        break;
      case "kicked":
        this.kicks += 1;
        for (const fp of this.pending) this.#settle(fp, "kicked");
        break;
      case "state":
        this.state = report.state;
        break;
    }
  }

  #settle(fp: string, outcome: string): void {
    if (this.pending.delete(fp)) this.outcomes.set(fp, outcome);
  }
}
