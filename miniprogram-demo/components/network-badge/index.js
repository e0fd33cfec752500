const t = require("../../services/texts");

/** Nothing is said about what is over sooner, in ms: a login takes a moment. */
const PATIENCE = 600;

/** Says that there is no connection, and what becomes of messages meanwhile. */
Component({
  properties: {
    /** The client's state. */
    connection: String,
    /** Whether the phone has a network. */
    network: Boolean,
  },

  data: { text: "" },

  observers: {
    "connection, network": function (connection, network) {
      clearTimeout(this.timer);
      if (connection === "online") {
        this.wasOnline = true;
        this.setData({ text: "" });
      } else if (connection === "closed") {
        // Kicked or logged out: that is told elsewhere.
        this.setData({ text: "" });
      } else if (!network) {
        this.setData({ text: t.noNetwork });
      } else if (this.data.text) {
        this.setData({ text: t.reconnecting });
      } else {
        const text = this.wasOnline ? t.reconnecting : t.connecting;
        this.timer = setTimeout(() => this.setData({ text }), PATIENCE);
      }
    },
  },

  lifetimes: {
    detached() {
      clearTimeout(this.timer);
    },
  },
});
