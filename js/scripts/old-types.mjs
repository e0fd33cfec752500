// Declarations in the syntax of TypeScript 4.0.

/**
 * `type` inside of braces is of 4.5, and `export type *` of 5.0. What is exported by a star is types there: an export of
 * values says so by its names.
 */
export function oldTypes(declarations) {
  return declarations
    .replace(/^export type \* from/gm, "export * from")
    .replace(/^(import|export) \{([^}]*)\} from (.*)$/gm, (statement, word, names, from) => {
      const all = names.split(",").map((name) => name.trim());
      const types = all.filter((name) => name.startsWith("type ")).map((name) => name.slice("type ".length));
      const values = all.filter((name) => name !== "" && !name.startsWith("type "));
      if (types.length === 0) return statement;
      const parts = [`${word} type { ${types.join(", ")} } from ${from}`];
      if (values.length > 0) parts.push(`${word} { ${values.join(", ")} } from ${from}`);
      return parts.join("\n");
    });
}
