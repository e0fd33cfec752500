import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { dial } from "./program.js";

const LENGTH = 4;
const FP = '"fp":"';
const ACKNOWLEDGED = '"type":4,"dataContent":"';
const FP_LENGTH = 36;
const QOS = '"QoS":true';

/** What a user does with what comes. */
export interface Role {
  /** The user's message arrived. */
  acknowledged?(): void;
}

/**
 * A user over TCP who knows as little JSON as will do: acknowledges what comes, and sends what is prepared. So the load takes
 * little of the machine.
 */
export class User {
  readonly #socket: Socket;
  readonly #name: string;
  readonly #role: Role;
  #rest: Buffer = Buffer.alloc(0);
  #outgoing: Buffer[] = [];
  #next = 0;
  readonly #run = randomUUID().slice(0, 24);

  private constructor(socket: Socket, name: string, role: Role) {
    this.#socket = socket;
    this.#name = name;
    this.#role = role;
  }

  static async login(address: string, name: string, role: Role = {}): Promise<User> {
    const { hostname, port } = new URL(`tcp://${address}`);
    const user = new User(await dial(hostname, Number(port)), name, role);
    const content = JSON.stringify({ loginUserId: name, loginToken: "a-token", firstLoginTime: 0 });
    user.#write(JSON.stringify({ type: 0, dataContent: content, from: name, to: "0", typeu: -1 }));
    await once(user.#socket, "data");
    user.#socket.on("data", (data) => user.#receive(data));
    return user;
  }

  /** Sends a message with QoS. */
  send(to: string, text: string): void {
    const fp = `${this.#run}${(this.#next++).toString(16).padStart(12, "0")}`;
    this.#write(
      `{"type":2,"dataContent":"${text}","from":"${this.#name}","to":"${to}","fp":"${fp}",${QOS},"typeu":-1}`,
    );
  }

  leave(): void {
    this.#socket.destroy();
  }

  #receive(data: Buffer): void {
    const bytes = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    let at = 0;
    while (bytes.length - at >= LENGTH) {
      const end = at + LENGTH + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      this.#handle(bytes.toString("latin1", at + LENGTH, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }

  #handle(body: string): void {
    if (body.includes(ACKNOWLEDGED)) {
      this.#role.acknowledged?.();
    } else if (body.includes(QOS)) {
      const at = body.indexOf(FP) + FP.length;
      const from = /"from":"([^"]*)"/.exec(body)?.[1] ?? "";
      const fp = body.slice(at, at + FP_LENGTH);
      this.#write(`{${ACKNOWLEDGED}${fp}","from":"${this.#name}","to":"${from}","typeu":-1}`);
    }
  }

  /** What is written in one turn of the event loop leaves together. */
  #write(body: string): void {
    if (this.#outgoing.length === 0) {
      setImmediate(() => {
        this.#socket.write(Buffer.concat(this.#outgoing));
        this.#outgoing = [];
      });
    }
    const frame = Buffer.allocUnsafe(LENGTH + body.length);
    frame.writeUInt32BE(body.length, 0);
    frame.write(body, LENGTH, "latin1");
    this.#outgoing.push(frame);
  }
}
