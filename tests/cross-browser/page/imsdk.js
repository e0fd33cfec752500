// What the tests of the drop-in find in the page: a record of what it called. What it logs of trouble is trouble.
globalThis.calls = [];
globalThis.received = [];
const { IMSDK } = globalThis;
IMSDK.setDebugSDKEnable(true);
IMSDK.callback_onIMLog = (text) => globalThis.problems?.push(text);
IMSDK.callback_onIMData = ({ dataContent }) => globalThis.received.push(dataContent);
for (const name of /** @type {const} */ ([
  "onIMAfterLoginSucess",
  "onIMAfterLoginFailed",
  "onIMReconnectSucess",
  "onIMDisconnected",
  "onIMShowAlert",
  "onIMKickout",
  "onMessagesLost",
  "onMessagesBeReceived",
])) {
  IMSDK[`callback_${name}`] = () => {
    globalThis.calls.push(name);
  };
}
document.documentElement.dataset.ready = "";

export {};
