const chat = require("../../services/chat");
const dates = require("../../services/dates");
const { conversation } = require("../../services/history");
const t = require("../../services/texts");

/** Messages of one side that are closer than this stand together, in ms. */
const TOGETHER = 120_000;

function bubble(entry, index, all) {
  const before = index > 0 ? all[index - 1] : undefined;
  const day = dates.day(entry.at);
  const newDay = before === undefined || dates.day(before.at) !== day;
  const sameSide = before !== undefined && (before.status === undefined) === (entry.status === undefined);
  return {
    // A fingerprint need not be a good id for an element, and one's message to oneself is there twice.
    id: `m${index}`,
    text: entry.text,
    time: dates.time(entry.at),
    status: entry.status || "",
    day: newDay ? day : "",
    grouped: !newDay && sameSide && entry.at - before.at < TOGETHER,
  };
}

Page({
  data: {
    t,
    peer: "",
    entries: [],
    last: "",
    text: "",
    keyboard: 0,
    connection: "offline",
    network: true,
    kicked: 0,
  },

  onLoad({ peer }) {
    this.setData({ peer: decodeURIComponent(peer) });
    wx.setNavigationBarTitle({ title: this.data.peer });
  },

  onShow() {
    chat.look(this.data.peer);
    this.stop = chat.watch(({ history, connection, network, kicked }) => {
      const { entries } = conversation(history, this.data.peer);
      this.setData({ connection, network, kicked });
      if (entries === this.entries) return;
      this.entries = entries;
      this.setData({ entries: entries.map(bubble) }, () =>
        this.setData({ last: "" }, () => this.setData({ last: "end" })),
      );
    });
  },

  onHide() {
    this.rest();
  },

  onUnload() {
    this.rest();
  },

  rest() {
    chat.look("");
    this.stop();
  },

  edit({ detail }) {
    this.setData({ text: detail.value });
  },

  send() {
    const { text, peer } = this.data;
    if (text.trim() === "") return;
    chat.send(peer, text);
    this.setData({ text: "" });
  },

  retry({ currentTarget }) {
    chat.retry(this.data.peer, this.entries[currentTarget.dataset.at]);
  },

  hideKeyboard() {
    wx.hideKeyboard({ fail: () => {} });
  },

  moveForKeyboard({ detail }) {
    this.setData({ keyboard: detail.height, last: "" }, () => this.setData({ last: "end" }));
  },

  signInAgain() {
    chat.signInAgain();
  },

  leave() {
    chat.signOut();
  },
});
