import type { Config, SignInKind } from "./config.js";
import { SignInError, tokenFor } from "./password-login.js";
import { forgetUser, rememberedToken, rememberUser } from "./remembered.js";

/** What a tab tells the others of the same browser. */
interface Told {
  userId: string;
  token: string;
}

/** A server in development mode takes any. */
const ANY = "demo";

/**
 * What the user in this tab signs in with.
 *
 * The token is kept through a reload. The password is not: it is there as long as the page is, so that there is another token
 * before the one expires.
 */
export class Credentials {
  readonly #config: Config;
  readonly #others = new BroadcastChannel("mobileim-demo-token");
  readonly #renewed: () => void;
  #kind: SignInKind;
  #userId = "";
  #token: string;
  #password: string | undefined;
  /** Whether the other tabs do not know this token. */
  #isNews = false;
  /** Whether there is no use in another token: the server is yet to take this one. */
  #isLast = false;

  /** @param renewed - is called when another tab of the same user has got a token */
  constructor(config: Config, renewed: () => void) {
    this.#config = config;
    this.#kind = config.signIn;
    this.#token = config.token ?? ANY;
    this.#renewed = renewed;
    this.#others.onmessage = ({ data }: MessageEvent<Told>) => {
      if (data.userId !== this.#userId || data.token === this.#token) return;
      this.#take(data.token);
      this.#renewed();
    };
  }

  /** Whether the user needs more than a name. */
  get areNeeded(): boolean {
    return this.#kind !== "name";
  }

  /** The token, or a new one if it can be had. */
  async token(renew: boolean): Promise<string> {
    if (renew) await this.#renew();
    return this.#token;
  }

  /** Goes on with what an earlier visit to the page had. Returns whether there is enough. */
  resume(userId: string): boolean {
    const token = rememberedToken();
    if (token === undefined) return !this.areNeeded;
    if (!this.areNeeded) this.#kind = "token";
    this.#userId = userId;
    this.#token = token;
    return true;
  }

  /**
   * Takes what the user has filled in, and gets a token for it.
   *
   * @throws SignInError
   */
  async enter(userId: string, kind: SignInKind, secret: string, signal: AbortSignal): Promise<void> {
    const asked = kind === "password" && (await tokenFor(this.#config.login, userId, secret, signal));
    this.#kind = kind;
    this.#userId = userId;
    this.#password = asked ? secret : undefined;
    this.#token = asked || (kind === "token" ? secret : (this.#config.token ?? ANY));
    this.#isNews = kind !== "name";
    this.#isLast = true;
  }

  /** The server has refused the token. Returns whether there is another one. */
  async recover(): Promise<boolean> {
    if (this.#isLast) return false;
    this.#isLast = true;
    return this.#renew();
  }

  /** The server has let the user in. */
  accepted(userId: string): void {
    this.#userId = userId;
    if (this.#isNews) this.#tell();
    this.#isLast = false;
    this.#remember();
  }

  forget(): void {
    forgetUser();
    this.#userId = "";
    this.#password = undefined;
    this.#token = this.#config.token ?? ANY;
  }

  /** Gets another token, if the page has the password. Returns whether it did. */
  async #renew(): Promise<boolean> {
    const [userId, password] = [this.#userId, this.#password];
    if (password === undefined) return false;
    try {
      const token = await tokenFor(this.#config.login, userId, password);
      // Signed out meanwhile, or another one in.
      if (password !== this.#password || userId !== this.#userId) return false;
      this.#take(token);
      this.#tell();
      return true;
    } catch (error) {
      // It was changed.
      if (error instanceof SignInError && error.reason === "wrong") this.#password = undefined;
      return false;
    }
  }

  #take(token: string): void {
    this.#token = token;
    this.#remember();
  }

  #remember(): void {
    rememberUser(this.#userId, this.areNeeded ? this.#token : undefined);
  }

  /** The token counts for each tab of the user, and the one that has the connection needs it. */
  #tell(): void {
    this.#isNews = false;
    this.#others.postMessage({ userId: this.#userId, token: this.#token } satisfies Told);
  }
}
