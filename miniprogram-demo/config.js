/** Where the server is. Outside the developer tools it must be wss, on a domain that the mini-program has registered. */
module.exports = {
  /** An address, or a list of those of servers that take over from each other. */
  server: "ws://127.0.0.1:3000/websocket",
  /**
   * Where a server that knows its users' passwords gives tokens for them, such as https://im.example.com/login, on a domain that
   * is registered for requests; then the app asks for a password. Without one, `getToken` says what the token is.
   */
  login: "",
  /** A server in development mode takes any token; yours comes from your own back end, for the user of this phone. */
  getToken: (userId) => `token-of-${userId}`,
};
