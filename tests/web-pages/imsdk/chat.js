// A page as people write them for MobileIMSDK's H5 client: globals, callbacks that are assigned when it suits, messages
// that are shown before they are sent, fields of its own on them, and fingerprints as DOM ids.

var serverUrl = new URLSearchParams(location.search).get("server");
var byId = function (id) {
  return document.getElementById(id);
};
/** Why the server ended the session. */
var kicked = null;
/** For the test: how often what was called. */
var calls = {};
/** And of which messages it heard that it does not show. */
var unknown = [];

function count(name) {
  calls[name] = (calls[name] || 0) + 1;
}

function setStatus(text) {
  byId("status").textContent = text;
}

// Shown the same way when it was sent here and when it came in.
function showMessage(p) {
  var me = IMSDK.getLoginInfo().loginUserId;
  var item = document.createElement("li");
  item.id = p.fp;
  item.className = p.from === me ? "mine" : "theirs";
  var time = MBUtils.formatDate(new Date(), "hh:mm");
  item.innerHTML = '<span class="text"></span> <small></small>';
  item.querySelector(".text").textContent = p.dataContent;
  item.querySelector("small").textContent = p.from === me ? time : p.from + " " + time;
  if (p.from === me) {
    var tick = document.createElement("button");
    tick.className = "tick";
    tick.onclick = function () {
      if (p.status === "failed") send(p);
    };
    item.appendChild(tick);
  }
  byId("messages").appendChild(item);
}

function setTick(fp, status) {
  var item = document.querySelector("#" + fp);
  if (!item) {
    unknown.push(fp);
    return;
  }
  item.classList.toggle("failed", status === "failed");
  var tick = item.querySelector(".tick");
  tick.textContent = { sending: "…", received: "✓", failed: "!" }[status];
  tick.title = { sending: "Sending", received: "Received", failed: "Not sent: try again" }[status];
}

function send(p) {
  p.status = "sending";
  setTick(p.fp, "sending");
  IMSDK.sendData(p);
}

IMSDK.setDebugCoreEnable(true);
IMSDK.setDebugSDKEnable(true);
IMSDK.setDebugPingPongEnable(false);
MBKeepAliveDaemon.setSenseMode(MBSenseMode.MODE_5S);
MBProtocalFactory.setMsgIdLength(32);

var lines = [];
IMSDK.callback_onIMLog = function (text, toConsole) {
  lines.push(text);
  if (!toConsole) setStatus(text);
};
IMSDK.callback_onIMAfterLoginFailed = function (isReconnect) {
  count("loginFailed");
  setStatus(isReconnect ? "Logged out: the token has expired" : "The login was refused");
};

byId("login-form").onsubmit = function (event) {
  event.preventDefault();
  setStatus("Logging in…");
  IMSDK.loginImpl(
    { loginUserId: byId("login-user").value, loginToken: byId("login-token").value },
    serverUrl,
    false,
  );
  // The rest only now: nothing can have happened yet.
  IMSDK.callback_onIMAfterLoginSucess = function () {
    kicked = null;
    count("loginSucess");
    setStatus("Online as " + this.getLoginInfo().loginUserId);
  };
  IMSDK.callback_onIMDisconnected = function () {
    count("disconnected");
    setStatus(kicked ? "Logged out: " + kicked : "Connection lost…");
  };
  IMSDK.callback_onIMReconnectSucess = function () {
    count("reconnectSucess");
    setStatus("Online again");
  };
  IMSDK.callback_onIMKickout = function (info) {
    kicked = info.reason;
  };
  IMSDK.callback_onIMData = function (p) {
    showMessage(p);
  };
  IMSDK.callback_onMessagesBeReceived = function (fp) {
    setTick(fp, "received");
  };
  // The older spelling.
  IMSDK.callback_onIMMessagesLost = function (list) {
    for (var i = 0; i < list.length; i++) {
      // A field of the page's own, which only the very object has.
      if (list[i].status !== "sending") throw new Error("not the object that was sent");
      list[i].status = "failed";
      setTick(list[i].fp, "failed");
    }
  };
};

byId("logout").onclick = function () {
  IMSDK.disconnectSocket();
  setStatus("Not logged in");
};

byId("send-form").onsubmit = function (event) {
  event.preventDefault();
  var text = byId("send-text").value;
  if (!text) return;
  var me = IMSDK.getLoginInfo().loginUserId;
  var p = MBProtocalFactory.createCommonDataSimple(text, me, byId("send-to").value, -1);
  showMessage(p);
  send(p);
  byId("send-text").value = "";
};
