/**
 * What the drop-in takes from the package's own script beside it, and does not bring along: two copies of an error's class
 * would be two classes.
 */
export function takenFrom(script) {
  const shared = [
    "../entries/index.js",
    "../miniprogram/index.js",
    "../client/arguments.js",
    "../client/errors.js",
  ];
  return {
    name: "taken-from-beside",
    resolveId: (id, importer) =>
      shared.includes(id) && importer?.includes("/src/imsdk/")
        ? { id: `./${script}`, external: true }
        : undefined,
  };
}
