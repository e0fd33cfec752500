/** Tokens: of `config.getToken`; or for a password, from the server. The password is kept as long as the app runs, and no longer. */
const config = require("../config");

/** Longer than this nobody waits for the server, in ms; less than the client waits for a token. */
const PATIENCE = 8000;

let token = "";
let password = "";

/** Header names come as the server or the host writes them. */
function waitOf(header) {
  const name = Object.keys(header || {}).find((one) => one.toLowerCase() === "retry-after");
  return name === undefined ? 0 : Number(header[name]) || 0;
}

/** Asks for a token. Where there is none, the error's `code` is the status, 0 if nobody answers, and `wait` how many s to wait. */
function ask(userId, secret) {
  return new Promise((resolve, reject) => {
    const fail = (code, wait) =>
      reject(Object.assign(new Error("no token"), { name: "NoTokenError", code, wait }));
    wx.request({
      url: config.login,
      method: "POST",
      data: { user: userId, password: secret },
      timeout: PATIENCE,
      success: ({ statusCode, data, header }) => {
        if (statusCode === 200 && data && data.token) resolve(data.token);
        else fail(statusCode, waitOf(header));
      },
      fail: () => fail(0, 0),
    });
  });
}

/** What the user has filled in. */
async function enter(userId, secret) {
  if (!config.login) return;
  token = await ask(userId, secret);
  password = secret;
}

/** The token for a login; another one when the client asks for it while it is online, as the one that it has expires. */
async function get(userId, isOnline) {
  if (!config.login) return config.getToken(userId);
  // If there is none now, the client asks again, as long as the old one is valid.
  if (isOnline && password) token = await ask(userId, password);
  keep();
  return token;
}

/** Goes on with that of an earlier visit to the app. */
function resume() {
  token = wx.getStorageSync("token");
}

function keep() {
  if (config.login) wx.setStorageSync("token", token);
}

function forget() {
  token = password = "";
  wx.removeStorageSync("token");
}

module.exports = { areForPasswords: Boolean(config.login), enter, get, resume, forget };
