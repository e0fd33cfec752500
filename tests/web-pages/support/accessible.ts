import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "../../support/browser.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong, in words. */
export async function violations(page: Page): Promise<string[]> {
  // No script of the page's: its policy may allow none.
  await page.evaluate(axe);
  const results = await page.evaluate(() => (window as unknown as { axe: { run(): AxeResults } }).axe.run());
  return results.violations.flatMap(({ help, nodes }) => nodes.map(({ html }) => `${help}: ${html}`));
}

/** What is smaller than a finger needs, though one taps it. Links in a text are as high as the text. */
export async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const targets = [
      ...document.querySelectorAll<HTMLElement>("button, input, textarea, summary, label:has(input)"),
    ];
    const visible = targets.filter((one) =>
      one.checkVisibility({ visibilityProperty: true, opacityProperty: true }),
    );
    return visible
      .filter((one) => one.closest("label") === null || one.matches("label"))
      .map((one) => ({ one, at: one.getBoundingClientRect() }))
      .filter(({ at }) => at.width < 44 || at.height < 44)
      .map(({ one, at }) => `${one.outerHTML.slice(0, 120)} is ${at.width} × ${at.height}`);
  });
}

export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}
