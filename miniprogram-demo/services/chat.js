const { createClient } = require("mobileim/miniprogram");
const config = require("../config");
const dates = require("./dates");
const history = require("./history");
const t = require("./texts");
const tokens = require("./tokens");

/** Reasons why the client did not take a message: no event will tell how it ends. */
const NOT_TAKEN = [
  "not-logged-in",
  "no-receiver",
  "bad-receiver",
  "bad-fingerprint",
  "too-long",
  "outbox-full",
];

/** What the pages show. */
const state = {
  userId: "",
  server: wx.getStorageSync("server") || [].concat(config.server).join(" "),
  /** The client's state, or "offline". */
  connection: "offline",
  /** Whether the phone has a network. */
  network: true,
  /** The user's conversations, the latest first. */
  history: [],
  /** The code of a kick that was not answered yet. */
  kicked: 0,
  /** Why the user was signed out, until somebody signs in. */
  complaint: undefined,
};

/** The conversation that is being looked at. */
let openPeer = "";
let client;
/** The number of the last sign-in, to tell one that was cancelled. */
let attempt = 0;
const listeners = [];

function change(changes) {
  Object.assign(state, changes);
  for (const listener of listeners.slice()) listener(state);
}

function changeHistory(changed) {
  if (changed === state.history) return;
  change({ history: changed });
  history.save(state.userId, changed);
}

/** Calls the listener now and after each change, until the function that is returned is called. */
function watch(listener) {
  listeners.push(listener);
  listener(state);
  return () => {
    const at = listeners.indexOf(listener);
    if (at >= 0) listeners.splice(at, 1);
  };
}

async function makeClient(server) {
  const getToken = (userId) => tokens.get(userId, made.state === "online");
  const made = await createClient({ url: server.split(/\s+/), getToken });
  made.on("state", (connection) => change({ connection }));
  made.on("message", ({ from, to, text, fp, time, own }) => {
    const entry = { fp: fp || made.newFingerprint(), text, at: time || Date.now() };
    // One's own, from another device.
    if (own) changeHistory(history.add(state.history, to, { ...entry, status: "delivered" }, false));
    else changeHistory(history.add(state.history, from, entry, openPeer !== from));
  });
  made.on("delivered", ({ fp }) => changeHistory(history.settle(state.history, fp, "delivered")));
  made.on("lost", ({ message, reason }) =>
    changeHistory(history.settle(state.history, message.fp, reason === "refused" ? "refused" : "failed")),
  );
  made.on("missed", ({ since }) =>
    wx.showModal({ content: `${t.missed} ${dates.day(since)} ${dates.time(since)}`, showCancel: false }),
  );
  made.on("kicked", ({ code }) => change({ kicked: code }));
  made.on("error", (error) => {
    if (error.code === "store-failed") wx.showToast({ title: t.storeFailed, icon: "none" });
    // A refusal while signing in reaches `signIn`; this is one after a lost link.
    if (error.name === "LoginRefusedError" && made.state === "closed") leave(error);
  });
  return made;
}

/** Signs in, with a password if it takes one. Where that fails, the error has the code. */
async function signIn(userId, server, password) {
  attempt += 1;
  const own = attempt;
  if (password) await tokens.enter(userId, password);
  if (own !== attempt) throw Object.assign(new Error("cancelled"), { code: "logged-out" });
  const changed = server !== state.server;
  change({ userId, server, kicked: 0, complaint: undefined, history: history.load(userId) });
  try {
    if (changed && client !== undefined) {
      client.close();
      client = undefined;
    }
    if (client === undefined) client = await makeClient(server);
    const online = client.login({ userId });
    // What an earlier visit did not get rid of. What the client still has itself, it knows by the fingerprint.
    for (const { peer, entry } of history.unsent(state.history)) deliver(peer, entry);
    await online;
  } catch (error) {
    change({ userId: "", history: [] });
    throw error;
  }
  wx.setStorageSync("server", server);
  wx.setStorageSync("user", userId);
  wx.setStorageSync("last-user", userId);
}

/** Gives a sign-in up; `signIn` fails with the code `"logged-out"`. */
function cancel() {
  attempt += 1;
  if (client !== undefined) client.logout();
}

/** Signs in who was signed in when the app was last left. */
function resume() {
  const userId = wx.getStorageSync("user");
  tokens.resume();
  if (userId) signIn(userId, state.server).catch(leave);
}

/** Back in, after a kick. */
function signInAgain() {
  return signIn(state.userId, state.server).catch(leave);
}

async function signOut() {
  if (client !== undefined) await client.logout();
  leave();
}

function leave(complaint) {
  tokens.forget();
  wx.removeStorageSync("user");
  change({ userId: "", history: [], kicked: 0, complaint });
  wx.reLaunch({ url: "/pages/login/index" });
}

function send(peer, text) {
  const entry = { fp: client.newFingerprint(), text, at: Date.now(), status: "sending" };
  changeHistory(history.add(state.history, peer, entry, false));
  deliver(peer, entry);
}

/** Sends a failed message again; as the same one, so that it cannot arrive twice. */
function retry(peer, entry) {
  changeHistory(history.settle(state.history, entry.fp, "sending"));
  deliver(peer, entry);
}

function deliver(peer, { text, fp }) {
  client.send(peer, text, { fp }).catch(({ reason }) => {
    // Of the rest an event tells how it ends, after another login too.
    if (NOT_TAKEN.indexOf(reason) < 0) return;
    changeHistory(history.settle(state.history, fp, reason === "too-long" ? "refused" : "failed"));
  });
}

/** Says which conversation is being looked at; none, when it is left. */
function look(peer) {
  openPeer = peer;
  if (peer && history.conversation(state.history, peer).unread > 0) {
    changeHistory(history.markRead(state.history, peer));
  }
}

wx.onNetworkStatusChange(({ isConnected }) => change({ network: isConnected }));

module.exports = { state, watch, signIn, cancel, signInAgain, signOut, resume, send, retry, look };
