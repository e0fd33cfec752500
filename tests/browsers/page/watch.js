// Before everything else: notes what a person would see in red, or as a warning, in the browser's console.
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
  for (const level of /** @type {const} */ (["error", "warn"])) {
    const write = console[level];
    console[level] = (...parts) => {
      note(`console.${level}:`, ...parts);
      write.apply(console, parts);
    };
  }
}
