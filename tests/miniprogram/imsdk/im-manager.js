// A manager as people write them for MobileIMSDK's mini-program client: one require whose value is not used, names on wx, arrow
// functions and methods as callbacks, and a list for the page's setData.

require("mobileim/imsdk");

function IMManager(url, onChange) {
  var that = this;
  this.url = url;
  this.notices = [];
  this.messages = [];
  this.received = [];
  this.onChange = onChange;

  wx.IMSDK.setDebugCoreEnable(false);
  wx.IMSDK.setDebugSDKEnable(true);
  wx.MBKeepAliveDaemon.setSenseMode(wx.MBSenseMode.MODE_5S);
  wx.MBProtocalFactory.setMsgIdLength(12);

  wx.IMSDK.callback_onIMLog = this.log;
  wx.IMSDK.callback_onIMData = (p, options) => {
    that.show(p, options);
  };
  wx.IMSDK.callback_onIMAfterLoginSucess = () => that.notice("online");
  wx.IMSDK.callback_onIMAfterLoginFailed = (isReconnect) => that.notice(isReconnect ? "expired" : "refused");
  wx.IMSDK.callback_onIMDisconnected = () => that.notice("offline");
  wx.IMSDK.callback_onIMReconnectSucess = () => that.notice("back");
  wx.IMSDK.callback_onIMKickout = (info) => that.notice("kicked " + info.code);
  wx.IMSDK.callback_onMessagesLost = (list) => that.mark(list, "lost");
  wx.IMSDK.callback_onMessagesBeReceived = (fp) => {
    that.received.push(fp);
    that.mark(
      that.messages.filter(function (p) {
        return p.fp === fp;
      }),
      "received",
    );
  };
}

IMManager.prototype = {
  log: function (text, toConsole) {},
  notice: function (text) {
    this.notices.push(text);
    this.onChange();
  },
  login: function (loginUserId, loginToken) {
    var info = {
      loginUserId: loginUserId,
      loginToken: loginToken,
      extra: JSON.stringify({ from: "weixin" }),
    };
    wx.IMSDK.loginImpl(info, this.url);
  },
  show: function (p) {
    p.isme = p.from === wx.IMSDK.getLoginInfo().loginUserId;
    p.time = wx.MBUtils.formatDate(new Date(), "hh:mm");
    this.messages.push(p);
    this.onChange();
  },
  // The same object is shown and sent.
  send: function (text, to) {
    var p = wx.MBProtocalFactory.createCommonDataSimple(text, wx.IMSDK.getLoginInfo().loginUserId, to, 1);
    p.status = "sending";
    this.show(p);
    wx.IMSDK.sendData(p);
  },
  mark: function (list, status) {
    list.forEach(function (p) {
      p.status = status;
    });
    this.onChange();
  },
};

module.exports = IMManager;
