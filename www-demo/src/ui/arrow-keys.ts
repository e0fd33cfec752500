/**
 * Arrow keys, Home and End lead through the elements in a container that match a selector. Left and right go one
 * further; up and down one line where there are several in a line, as the screen shows them.
 */
export function arrowKeys(selector: string): (event: KeyboardEvent & { currentTarget: HTMLElement }) => void {
  return (event) => {
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)];
    const here = (event.target as Element).closest<HTMLElement>(selector);
    const next = here && step(event.key, all, here);
    if (!next || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
}

function step(key: string, all: HTMLElement[], here: HTMLElement): HTMLElement | undefined {
  const index = all.indexOf(here);
  switch (key) {
    case "ArrowRight":
      return all[index + 1];
    case "ArrowLeft":
      return all[index - 1];
    case "ArrowDown":
      return nearest(all.slice(index + 1), here);
    case "ArrowUp":
      return nearest(all.slice(0, index).reverse(), here);
    case "Home":
      return all[0];
    case "End":
      return all.at(-1);
    default:
      return undefined;
  }
}

/** In the next line that there is, the one that is most nearly above or below. */
function nearest(all: HTMLElement[], here: HTMLElement): HTMLElement | undefined {
  const { top, left } = here.getBoundingClientRect();
  const places = all.map((element) => ({ element, at: element.getBoundingClientRect() }));
  const line = places.find(({ at }) => Math.abs(at.top - top) > 1)?.at.top;
  return places
    .filter(({ at }) => at.top === line)
    .sort((a, b) => Math.abs(a.at.left - left) - Math.abs(b.at.left - left))[0]?.element;
}
