const chat = require("./services/chat");

App({
  onLaunch() {
    chat.resume();
  },
});
