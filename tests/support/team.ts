import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { programPath } from "./program.js";
import { Server } from "./server.js";

/** What a team has beside its server, for all tests of a file: a secret that signs tokens, and users with their passwords. */
export class Team {
  readonly #folder = mkdtempSync(join(tmpdir(), "mobileim-team-"));
  readonly #secret = join(this.#folder, "jwt-secret");
  readonly #users = join(this.#folder, "users");

  constructor() {
    this.changeSecret();
    afterAll(() => rmSync(this.#folder, { recursive: true }));
  }

  /** A folder for a server. */
  folder(name: string): string {
    return join(this.#folder, name);
  }

  /** A server that gives tokens for these passwords. */
  serverWithPasswords(users: Record<string, string>, flags: readonly string[] = []): Server {
    this.setPasswords(users);
    return this.serverWithTokens(["--users-file", this.#users, ...flags]);
  }

  /** A server for those who have tokens. */
  serverWithTokens(flags: readonly string[] = []): Server {
    return new Server(flags, ["--chat-page", "--jwt-secret-file", this.#secret]);
  }

  /** From its next start on, a server knows these. */
  setPasswords(users: Record<string, string>): void {
    const lines = Object.entries(users).map(([user, password]) =>
      this.#said(["password", "--user", user], password),
    );
    writeFileSync(this.#users, lines.join(""));
  }

  /** From its next start on, a server does not know tokens that were given before. */
  changeSecret(): void {
    writeFileSync(this.#secret, crypto.randomUUID());
  }

  /** A token, as a back end would make it. A server takes one 10 s longer than it is valid, as clocks may be apart. */
  token(user: string, validFor = "1h"): string {
    const args = ["token", "--user", user, "--valid-for", validFor, "--jwt-secret-file", this.#secret];
    return this.#said(args).trim();
  }

  #said(args: readonly string[], input = ""): string {
    const { stdout, stderr, status } = spawnSync(programPath("MOBILEIM_SERVER_BIN"), args, {
      input,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
    return stdout;
  }
}
