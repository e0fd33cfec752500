/** Where the module that `require(name)` means in the module `from` of a mini-program may be: the first that is there. */
export function resolveModule(from: string, name: string): string[] {
  const path = name.startsWith(".") ? new URL(name, `file:///${from}`).pathname.slice(1) : fromRoot(name);
  return path.endsWith(".js") ? [path] : [`${path}.js`, `${path}/index.js`];
}

function fromRoot(name: string): string {
  // The compiler's helpers are where it puts them itself.
  return name.startsWith("@babel/") ? name : `miniprogram_npm/${name}`;
}
