const t = require("../../services/texts");

/** Says that the session was ended, and why. Sends `again` and `leave`. */
Component({
  properties: {
    /** The code of the kick; 0 for none. */
    code: Number,
  },

  data: { t },

  methods: {
    again() {
      this.triggerEvent("again");
    },

    leave() {
      this.triggerEvent("leave");
    },

    /** What lies below must not scroll. */
    stay() {},
  },
});
