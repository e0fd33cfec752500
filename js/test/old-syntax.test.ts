//! What the builds for old hosts do is what the source does.
import { runInNewContext } from "node:vm";
import { minifySync, transformSync } from "rolldown/utils";
import { expect, test } from "vitest";
// @ts-expect-error: the scripts of the build have no types.
import { oldMinify, oldSyntax } from "../scripts/old-syntax.mjs";

const lower = (code: string) => transformSync("case.ts", code, oldSyntax.transform).code;

/** The bodies of functions whose value tells how they were understood. */
const PROGRAMS = {
  "an optional call of a method": "const it = { n: 5, get() { return this.n } }; return it.get?.()",
  "an optional call of a method that is not there": "const it = {}; return String(it.get?.())",
  "an optional call of a member's method":
    "const it = { a: { n: 5, get() { return this.n } } }; return it.a.get?.()",
  "an optional call by a computed name":
    "const it = { n: 5, get() { return this.n } }; const name = 'get'; return it[name]?.()",
  "an optional call in brackets": "const it = { n: 5, get() { return this.n } }; return (it.get)?.()",
  "an optional call of what may not be there":
    "const it = { n: 5, get() { return this.n } }; return it?.get?.()",
  "an optional call behind an optional call":
    "const it = { n: 5, self() { return this }, get() { return this.n } }; return it.self?.().get?.()",
  "an optional call of a parent's method":
    "class A { n = 5; get() { return this.n } } class B extends A { get() { return super.get?.() } } return new B().get()",
  "an optional call in a class":
    "class A { n = 5; get() { return this.n } more() { return this.get?.() } } return new A().more()",
  "a getter that is asked once":
    "let asked = 0; const it = { get f() { asked++; return () => 1 } }; it.f?.(); return asked",
  "a target that is made once":
    "let made = 0; const it = () => { made++; return { f() {} } }; it().f?.(); return made",
  "an assignment where there is nothing":
    "let asked = 0; const it = { get a() { asked++; return null }, set a(v) { this.b = v } }; it.a ??= 7; return [asked, it.b].join()",
  "values that are false but there": "return [0 ?? 1, '' ?? 1, false ?? 1, null ?? 1, undefined ?? 1].join()",
  "fields with and without a value":
    "class A { a = 1; b: number | undefined; } const it = new A(); return [it.a, it.b].join()",
  "a field that overrides a parent's":
    "class A { name = 'a' } class B extends A { name = 'b' } return new B().name",
  "an error's name": "class A extends Error { name = 'A' } return String(new A('m'))",
};

test.each(Object.entries(PROGRAMS))("%s", (_, body) => {
  const program = `globalThis.result = (() => { ${body} })();`;
  const run = (code: string): unknown => {
    const world: { result?: unknown } = {};
    runInNewContext(code, world);
    return world.result;
  };
  const modern = transformSync("case.ts", program, { target: "es2022" }).code;
  const meant = run(modern);
  // A mistake in the program itself would be the same in both.
  expect(meant).not.toBeUndefined();
  const old = lower(program);
  expect(old).not.toMatch(/\?\.|\?\?/);
  expect(run(old)).toEqual(meant);
  expect(run(minifySync("case.js", old, oldMinify).code)).toEqual(meant);
});
