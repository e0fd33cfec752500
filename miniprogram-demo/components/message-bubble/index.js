/** One message. Sends the event `retry` when a failed one is tapped. */
Component({
  properties: {
    text: String,
    /** The time of day, as it is shown. */
    time: String,
    /** How far one's own message has come; empty for another's. */
    status: String,
    /** Whether the message before it is of the same side and of the same minutes. */
    grouped: Boolean,
    /** The words to use. */
    t: Object,
  },

  methods: {
    retry() {
      this.triggerEvent("retry");
    },
  },
});
