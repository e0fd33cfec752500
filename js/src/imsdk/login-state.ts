/**
 * Where the application's login stands, and what it was told of it.
 *
 * A session ends by a kick or a refusal, and may begin anew; the application counts as logged in through all of that,
 * from its first success to its logout.
 */
export class LoginState {
  #active = false;
  #logined = false;
  /** Whether a `loginImpl` is yet to be answered. */
  #asked = false;
  /** What the application was told last of the link. */
  #told: "online" | "down" | undefined;
  #turn = 0;

  /** From `loginImpl` to the logout, kick or refusal. */
  get active(): boolean {
    return this.#active;
  }

  /** From the first success to the logout. */
  get logined(): boolean {
    return this.#logined;
  }

  /** Whether the application takes the link to be up. */
  get up(): boolean {
    return this.#told === "online";
  }

  /** Returns a function that tells whether the login of now is still in effect. */
  watch(): () => boolean {
    const turn = this.#turn;
    return () => turn === this.#turn;
  }

  /** `loginImpl` begins a session. */
  begin(): void {
    this.#turn += 1;
    this.#active = this.#asked = true;
    this.#told = undefined;
  }

  /** `loginImpl` was called for the session that there is, and waits for its link. */
  askAgain(): void {
    this.#asked = true;
  }

  /** The client is online. Returns whether this answers a `loginImpl`. */
  goOnline(): boolean {
    const answers = !this.#logined || this.#asked;
    this.#logined = true;
    this.#asked = false;
    this.#told = "online";
    return answers;
  }

  /** The link is down. Returns whether the application does not know it yet. */
  goDown(): boolean {
    const isNews = this.#told !== "down";
    this.#told = "down";
    return isNews;
  }

  /** The server ended the session, or refused it. Returns whether it did so to a login that the application did not ask for. */
  end(): boolean {
    const isReconnect = this.#logined && !this.#asked;
    this.#turn += 1;
    this.#active = this.#asked = false;
    this.#told = "down";
    return isReconnect;
  }

  /** The session is over by a logout, here or in another tab. */
  logOut(): void {
    this.end();
    this.#logined = false;
  }
}
