const ENGLISH = {
  server: "Server",
  userId: "Your user ID",
  peer: "Who do you want to write to?",
  signIn: "Sign in",
  signingIn: "Signing in…",
  signOut: "Sign out",
  refused: "The server didn’t accept this sign-in.",
  reconnecting: "Reconnecting…",
  message: "Message",
  send: "Send",
  sending: "Sending",
  delivered: "Delivered",
  failed: "Not delivered: tap to try again",
  signedOut: "Signed out",
};

const CHINESE: typeof ENGLISH = {
  server: "服务器",
  userId: "你的用户 ID",
  peer: "和谁聊天？",
  signIn: "登录",
  signingIn: "登录中…",
  signOut: "退出登录",
  refused: "服务器拒绝了这次登录。",
  reconnecting: "正在重新连接…",
  message: "消息",
  send: "发送",
  sending: "发送中",
  delivered: "已送达",
  failed: "未送达，点按重试",
  signedOut: "已退出登录",
};

/** The texts of the user's language. */
export const texts = uni.getLocale().startsWith("zh") ? CHINESE : ENGLISH;
