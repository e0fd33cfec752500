import { effect } from "@preact/signals";
import { theme } from "./settings.js";

/** The ground's colour, for the bars of the browser around the page; the same as in `styles/theme.css`. */
const GROUND = { light: "#f6f5f1", dark: "#12110f" };

const system = matchMedia("(prefers-color-scheme: dark)");

/** Follows the choice. `index.html` applies it once before anything is painted. */
export function followTheme(): void {
  effect(() => {
    if (theme.value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme.value;
    colourBars();
  });
  system.addEventListener("change", colourBars);
}

function colourBars(): void {
  const scheme = theme.value === "auto" ? (system.matches ? "dark" : "light") : theme.value;
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", GROUND[scheme]);
}
