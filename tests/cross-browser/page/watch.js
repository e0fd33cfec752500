// Before everything else: notes what a person would see in the browser's console, of whatever colour.
{
  /** @type {string[]} */
  const problems = [];
  globalThis.problems = problems;
  const note = (/** @type {unknown[]} */ ...parts) => problems.push(parts.map(String).join(" "));
  addEventListener(
    "error",
    (event) => note("error:", event.message || "a file that could not be loaded"),
    true,
  );
  addEventListener("unhandledrejection", (event) => note("unhandled rejection:", event.reason));
  addEventListener("securitypolicyviolation", (event) => note("against the policy:", event.blockedURI));
  for (const level of /** @type {const} */ (["error", "warn", "info", "log", "debug", "trace", "assert"])) {
    const write = console[level];
    console[level] = (/** @type {unknown[]} */ ...parts) => {
      note(`console.${level}:`, ...parts);
      Reflect.apply(write, console, parts);
    };
  }
}
