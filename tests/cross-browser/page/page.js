// What the tests find in the page: the package, and a client with a record of what it told.
globalThis.mobileim = globalThis.MobileIM ?? (await import("mobileim"));
const engine =
  document.documentElement.dataset.engine === undefined
    ? {}
    : { wasm: (await import("mobileim/wasm2js")).instantiate };
globalThis.told = [];
globalThis.start = async (options) => {
  const im = await globalThis.mobileim.createClient({ ...engine, ...options });
  for (const type of /** @type {const} */ (["message", "state", "kicked", "lost"])) {
    im.on(type, (event) => globalThis.told.push({ type, event }));
  }
  im.on("error", ({ code, message }) => {
    globalThis.told.push({ type: "error", event: { code, message } });
    globalThis.problems?.push(`error event: ${message}`);
  });
  globalThis.im = im;
};
globalThis.texts = () =>
  globalThis.told.flatMap(({ type, event }) =>
    type === "message" ? [/** @type {import("mobileim").Message} */ (event).text] : [],
  );
document.documentElement.dataset.ready = "";

export {};
