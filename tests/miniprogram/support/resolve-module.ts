/** What `require(name)` in the module `from` means in a mini-program. */
export function resolveModule(from: string, name: string): string {
  const path = name.startsWith(".")
    ? new URL(name, `file:///${from}`).pathname.slice(1)
    : `miniprogram_npm/${name}/index`;
  return path.endsWith(".js") ? path : `${path}.js`;
}
