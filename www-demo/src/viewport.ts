/**
 * Keeps the page in what the keyboard leaves of a phone's screen. Where the browser knows `interactive-widget` it does
 * so by itself, and this changes nothing; iOS scrolls the page away instead.
 */
export function followViewport(): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const follow = () => {
    // Zoomed in by hand, the page stays as it is.
    if (viewport.scale > 1.01) return;
    const covered = window.innerHeight - viewport.height > 1;
    const { style } = document.documentElement;
    if (covered) style.setProperty("--height", `${viewport.height}px`);
    else style.removeProperty("--height");
    if (viewport.offsetTop > 0) window.scrollTo(0, 0);
  };
  viewport.addEventListener("resize", follow);
  viewport.addEventListener("scroll", follow);
}
