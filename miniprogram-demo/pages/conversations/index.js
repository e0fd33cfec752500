const chat = require("../../services/chat");
const { brief } = require("../../services/dates");
const t = require("../../services/texts");

/** What is said of the last message, where it is one's own and not delivered. */
const MARKS = { sending: `[${t.sending}] `, failed: `[${t.failed}] `, refused: `[${t.failed}] ` };

function row({ peer, entries, unread }) {
  const last = entries[entries.length - 1];
  return {
    peer,
    unread,
    text: last.text,
    time: brief(last.at),
    mark: MARKS[last.status] || "",
    failed: last.status === "failed" || last.status === "refused",
  };
}

Page({
  data: { t, userId: "", rows: [], connection: "offline", network: true, kicked: 0, asking: false, peer: "" },

  onLoad() {
    wx.setNavigationBarTitle({ title: t.chats });
  },

  onShow() {
    this.stop = chat.watch(({ userId, history, connection, network, kicked }) => {
      this.setData({ userId, rows: history.map(row), connection, network, kicked });
    });
  },

  onHide() {
    this.stop();
  },

  onUnload() {
    this.stop();
  },

  open({ currentTarget }) {
    this.visit(currentTarget.dataset.peer);
  },

  askPeer() {
    this.setData({ asking: true, peer: "" });
  },

  stopAsking() {
    this.setData({ asking: false });
  },

  /** Taps on the sheet are not for what is below it. */
  stay() {},

  editPeer({ detail }) {
    this.setData({ peer: detail.value });
  },

  start() {
    const peer = this.data.peer.trim();
    if (peer === "") return;
    this.setData({ asking: false });
    this.visit(peer);
  },

  visit(peer) {
    wx.navigateTo({ url: `/pages/chat/index?peer=${encodeURIComponent(peer)}` });
  },

  signOut() {
    const unsent = chat.state.history.some(({ entries }) =>
      entries.some(({ status }) => status === "sending"),
    );
    if (!unsent) {
      chat.signOut();
      return;
    }
    wx.showModal({
      content: t.signOutUnsent,
      confirmText: t.signOut,
      cancelText: t.cancel,
      success: ({ confirm }) => {
        if (confirm) chat.signOut();
      },
    });
  },

  signInAgain() {
    chat.signInAgain();
  },

  leave() {
    chat.signOut();
  },
});
