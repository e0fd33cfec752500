// The syntax of 2018, for mini-programs, old bundlers and old browsers.
import { parseSync, Visitor } from "rolldown/utils";

/**
 * How rolldown gets there. What a class field is, is that of TypeScript before 2022. No more is assumed than is so:
 * `pureGetters` would call `a.b?.()` without its `this`.
 */
export const oldSyntax = {
  // Else what tsconfig.json says of class fields, for another target, would count.
  tsconfig: false,
  transform: {
    target: "es2018",
    assumptions: { setPublicClassFields: true, noDocumentAll: true },
    typescript: { removeClassFieldsWithoutInitializer: true },
  },
};

/** The minifier must not bring back what is newer. */
export const oldMinify = { compress: { target: "es2018" }, mangle: true };

/**
 * Private names as properties, as there were none: the usual stand-in, a `WeakMap` for each, is larger. A class that
 * extends another must not have any, as the two might share one.
 *
 * @param short - where nobody reads the result
 */
export function privateNames(short = false) {
  return {
    name: "private-names",
    transform: {
      filter: { id: /\/src\/.*\.ts$/ },
      handler(code, id) {
        const found = [];
        // The same few in each module: what repeats itself compresses.
        const names = new Map();
        const property = (name) => {
          if (!names.has(name)) names.set(name, `_${short ? names.size.toString(36) : name}`);
          return names.get(name);
        };
        const visitor = new Visitor({
          PrivateIdentifier: (node) => void found.push(node),
          ClassDeclaration: ({ superClass, body }) => {
            const isPrivate = ({ key }) => key?.type === "PrivateIdentifier";
            if (superClass && body.body.some(isPrivate))
              throw new Error(`${id}: a class that extends another has a private name`);
          },
        });
        visitor.visit(parseSync(id, code).program);
        let result = "";
        let at = 0;
        for (const { name, start, end } of found.sort((a, b) => a.start - b.start)) {
          result += code.slice(at, start) + property(name);
          at = end;
        }
        return result + code.slice(at);
      },
    },
  };
}
