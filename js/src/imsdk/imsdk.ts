import type { Callbacks, Imsdk } from "./api.js";
import { ImsdkClient, type ImsdkOptions } from "./imsdk-client.js";

/** In the order in which the API has them. */
const NO_CALLBACKS: Callbacks = {
  callback_onIMLog: null,
  callback_onIMData: null,
  callback_onIMAfterLoginSucess: null,
  callback_onIMAfterLoginFailed: null,
  callback_onIMReconnectSucess: null,
  callback_onIMDisconnected: null,
  callback_onIMPing: null,
  callback_onIMPong: null,
  callback_onIMShowAlert: null,
  callback_onIMKickout: null,
  callback_onMessagesLost: null,
  callback_onIMMessagesLost: null,
  callback_onMessagesBeReceived: null,
  callback_onIMMessagesBeReceived: null,
};

/**
 * Makes the object that applications know as `IMSDK`.
 *
 * Functions that need no `this`, and nothing private on the object: applications pass the functions around alone, and
 * frameworks wrap the object in proxies.
 */
export function createImsdk(options: ImsdkOptions): Imsdk {
  let onData: Callbacks["callback_onIMData"] = null;
  const sdk: Imsdk = {
    ...NO_CALLBACKS,
    get callback_onIMData() {
      return onData;
    },
    set callback_onIMData(callback) {
      onData = callback;
      client.hear();
    },
    clientOptions: {},
    loginImpl: (loginInfo, url) => client.login(loginInfo, url),
    isLogined: () => client.logined,
    isOnline: () => client.online,
    getLoginInfo: () => client.info,
    sendData: (message) => client.send(message),
    disconnectSocket: () => client.logout(),
    setDebugCoreEnable: (enable) => client.logs("CORE", enable),
    setDebugSDKEnable: (enable) => client.logs("SDK", enable),
    setDebugPingPongEnable: (enable) => client.logs("PING", enable),
    setDebugEnable: (enable) => {
      client.logs("CORE", enable);
      client.logs("SDK", enable);
    },
  };
  const client = new ImsdkClient(sdk, options);
  return sdk;
}
