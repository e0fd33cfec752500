/**
 * What was said, per conversation: plain values, and functions that make new ones.
 *
 * A conversation is `{ peer, entries, unread }`, an entry `{ fp, text, at, status? }`; `status` is only there on one's own:
 * `"sending"`, `"delivered"`, `"failed"`, or `"refused"` where trying again is of no use.
 */

/** More is not kept of a conversation: the host keeps 10 MB in all. */
const KEPT = 200;

const find = (history, peer) => history.find((one) => one.peer === peer) || { peer, entries: [], unread: 0 };

/** The conversation with a user; an empty one where there is none. */
exports.conversation = find;

/** Adds an entry at the end; nothing changes where it is there already. */
exports.add = (history, peer, entry, unread) => {
  const before = find(history, peer);
  const isMine = entry.status !== undefined;
  if (before.entries.some((one) => one.fp === entry.fp && (one.status !== undefined) === isMine))
    return history;
  const after = {
    peer,
    entries: before.entries.concat(entry).slice(-KEPT),
    unread: before.unread + (unread ? 1 : 0),
  };
  return [after].concat(history.filter((one) => one.peer !== peer));
};

/** Changes how far one's own message has come. */
exports.settle = (history, fp, status) => {
  const isIt = (entry) => entry.fp === fp && entry.status !== undefined;
  return history.map((one) =>
    one.entries.some(isIt)
      ? { ...one, entries: one.entries.map((entry) => (isIt(entry) ? { ...entry, status } : entry)) }
      : one,
  );
};

/** The conversation was looked at. */
exports.markRead = (history, peer) => history.map((one) => (one.peer === peer ? { ...one, unread: 0 } : one));

/** Every message that is still to be sent, oldest first. */
exports.unsent = (history) =>
  history
    .reduce((all, { peer, entries }) => all.concat(entries.map((entry) => ({ peer, entry }))), [])
    .filter(({ entry }) => entry.status === "sending")
    .sort((a, b) => a.entry.at - b.entry.at);

const key = (userId) => `history/${userId}`;

/** What a user's earlier visits left on this phone. */
exports.load = (userId) => wx.getStorageSync(key(userId)) || [];

/** Keeps it for the next visit. */
exports.save = (userId, history) => wx.setStorage({ key: key(userId), data: history, fail: () => {} });
