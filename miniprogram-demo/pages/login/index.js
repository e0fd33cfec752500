const chat = require("../../services/chat");
const t = require("../../services/texts");
const { areForPasswords } = require("../../services/tokens");

/** After this long without an answer the page says so, in ms. */
const SLOW = 4000;

function explain(error) {
  if (error.name === "LoginRefusedError") return t.refused[error.code] || `${t.refused.other} ${error.code}`;
  if (error.name === "NoTokenError") {
    const text =
      t.noToken[error.code] || (error.code === 0 || error.code > 500 ? t.noToken[0] : t.noToken.other);
    return error.wait ? `${text} ${t.wait} ${error.wait}` : text;
  }
  if (error.name === "EngineLoadError") return t.failedToStart;
  return error.message;
}

Page({
  data: { t, areForPasswords, userId: "", password: "", server: "", busy: false, slow: false, error: "" },

  onLoad() {
    if (chat.state.userId) {
      wx.redirectTo({ url: "/pages/conversations/index" });
      return;
    }
    const { server, complaint } = chat.state;
    const userId = wx.getStorageSync("last-user");
    this.setData({ userId, server, error: complaint ? explain(complaint) : "" });
  },

  onUnload() {
    clearTimeout(this.timer);
  },

  editUserId({ detail }) {
    this.setData({ userId: detail.value });
  },

  editPassword({ detail }) {
    this.setData({ password: detail.value });
  },

  editServer({ detail }) {
    this.setData({ server: detail.value });
  },

  signIn() {
    const { busy, password } = this.data;
    const userId = this.data.userId.trim();
    const server = this.data.server.trim();
    if (busy || userId === "" || (areForPasswords && password === "")) return;
    if (!server.split(/\s+/).every((one) => /^wss?:\/\//.test(one))) {
      this.setData({ error: t.badServer });
      return;
    }
    this.setData({ busy: true, slow: false, error: "" });
    this.timer = setTimeout(() => this.setData({ slow: true }), SLOW);
    chat
      .signIn(userId, server, password)
      .then(() => wx.redirectTo({ url: "/pages/conversations/index" }))
      .catch((error) => {
        this.setData({ busy: false, error: error.code === "logged-out" ? "" : explain(error) });
      })
      .then(() => clearTimeout(this.timer));
  },

  cancel() {
    chat.cancel();
  },
});
