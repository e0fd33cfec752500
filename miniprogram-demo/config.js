/** Where the server is. Outside the developer tools it must be wss, on a domain that the mini-program has registered. */
module.exports = {
  server: "ws://127.0.0.1:3000/websocket",
  /** A server in development mode takes any token; yours comes from your own back end, for the user of this phone. */
  getToken: (userId) => `token-of-${userId}`,
};
