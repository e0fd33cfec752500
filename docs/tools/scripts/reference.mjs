// The API reference, as the types and doc comments of js/src give it now.
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import {
  Application,
  Comment,
  CommentTag,
  Converter,
  LogLevel,
  ReflectionKind,
  ReflectionType,
  UnionType,
} from "typedoc";
import { MarkdownPageEvent } from "typedoc-plugin-markdown";
import { root } from "./entries.mjs";

const here = fileURLToPath(new URL("..", import.meta.url));

/** What must have a doc comment, wherever it is public. */
const REQUIRED = ["Class", "Function", "Interface", "Method", "TypeAlias", "Variable"];

const HEAD = `# API reference

What each entry of the npm package exports, made by \`make docs\` from its types and their comments. Where to begin, and what to do about
each error: [the client](../client.md).

A page has what is an entry's own. \`mobileim/slim\`, \`mobileim/node\` and \`mobileim/miniprogram\` export the errors and types of \`mobileim\` too; \`mobileim/uni\`
has the types of \`mobileim\`.

`;

const FORMAT = Object.fromEntries(
  ["parameters", "interfaceProperties", "classProperties", "typeAliasProperties", "typeDeclaration"].map(
    (what) => [`${what}Format`, "table"],
  ),
);

/**
 * Writes the reference into a folder, whose former content is lost.
 *
 * @param {string} folder
 * @param {readonly import("./entries.mjs").Entry[]} entries
 * @param {string} [tsconfig] the compiler's settings for the entries
 * @returns {Promise<string[]>} what is wrong with the types and comments, such as an export without a comment
 */
export async function writeReference(folder, entries, tsconfig = `${here}tsconfig.reference.json`) {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: entries.map(({ source }) => root + source),
    alwaysCreateEntryPointModule: true,
    tsconfig,
    out: folder,
    logLevel: "Warn",
    plugin: ["typedoc-plugin-markdown"],
    name: "API reference",
    readme: "none",
    disableGit: true,
    disableSources: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    // What one entry has of another is said by its comment.
    excludeReferences: true,
    sort: ["source-order"],
    groupOrder: ["Functions", "Interfaces", "Type Aliases", "Classes", "*"],
    validation: { invalidLink: true, notDocumented: true, notExported: true },
    requiredToBeDocumented: REQUIRED,
    router: "module",
    entryFileName: "README",
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    expandObjects: true,
    expandParameters: true,
    tableColumnSettings: {
      hideDefaults: true,
      hideInherited: true,
      hideModifiers: true,
      hideOverrides: true,
      leftAlignHeaders: true,
    },
    ...FORMAT,
  });
  const problems = [];
  app.logger.log = (message, level) => {
    if (level >= LogLevel.Warn) problems.push(stripVTControlCharacters(message));
  };
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const declaration = context.getSymbolFromReflection(reflection)?.declarations?.[0];
    if (declaration !== undefined && reflection.kindOf(ReflectionKind.Module))
      introduce(reflection, declaration, entries);
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => simplify(project));
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = page.contents?.replace(/#+ Returns\n\n`void`\n\n/g, "");
    if (page.url === "README.md") page.contents = page.contents?.replace(/^# .*\n\n/, HEAD);
  });
  const project = await app.convert();
  if (project === undefined) return problems;
  app.validate(project);
  for (const name of untyped(app.serializer.projectToObject(project, root)))
    problems.push(`${name} is of type any`);
  await app.generateOutputs(project);
  return problems;
}

/** A module is named as it is imported; what its file says first is about all of it. */
function introduce(module, file, entries) {
  const entry = entries.find(({ source }) => root + source === file.fileName);
  if (entry === undefined) return;
  module.name = entry.name;
  const [, first] = /^\/\*\*(.*?)\*\//s.exec(file.text) ?? [];
  const text = first?.replace(/^ *\* ?/gm, "").trim();
  if (text) module.comment = new Comment([{ kind: "text", text }]);
}

/** The members of a union that have comments, as a table. */
function tabulate(alias) {
  const { type, comment } = alias;
  if (!(type instanceof UnionType) || type.elementSummaries === undefined || comment === undefined) return;
  const text = (words) => ({ kind: "text", text: words });
  comment.summary.push(text("\n\n| Value | Meaning |\n| :------ | :------ |\n"));
  for (const [index, summary] of type.elementSummaries.entries()) {
    comment.summary.push(text(`| \`${type.types[index]}\` | `), ...summary, text(" |\n"));
  }
  type.elementSummaries = undefined;
}

/** Leaves out what only repeats. */
function simplify(project) {
  for (const reflection of Object.values(project.reflections)) {
    const isClassMember = reflection.parent?.kindOf(ReflectionKind.Class);
    const isName = isClassMember && reflection.name === "name";
    if (isName || reflection.kindOf(ReflectionKind.Constructor)) {
      project.removeReflection(reflection);
      continue;
    }
    tabulate(reflection);
    // TypeDoc's name for a parameter that is taken apart at once.
    if (reflection.name === "__namedParameters") reflection.name = "options";
    reflection.overwrites = undefined;
    reflection.inheritedFrom = undefined;
    const { type } = reflection;
    const isFunction = type instanceof ReflectionType && type.declaration.signatures !== undefined;
    if (isFunction && reflection.kindOf(ReflectionKind.Variable)) {
      reflection.comment?.blockTags.push(new CommentTag("@group", [{ kind: "text", text: "Functions" }]));
    }
  }
}

/** The names of what is of type `any`. */
function untyped(node, name = "") {
  if (node === null || typeof node !== "object") return [];
  if (node.type === "intrinsic" && node.name === "any") return [name];
  const own = typeof node.kind === "number" ? `${name}.${node.name}`.replace(/^\./, "") : name;
  return Object.values(node).flatMap((child) => untyped(child, own));
}
