import { useId } from "preact/hooks";
import { draw, HEIGHT, niceTop, SPAN_MS, WIDTH } from "../plot.js";
import type { Point } from "../rates.js";
import { t } from "../texts.js";

export interface Line {
  name: string;
  points: readonly Point[];
}

/** Lines over the last minutes, with what they are now below them. */
export function Plot(props: {
  title: string;
  hint?: string;
  lines: readonly Line[];
  format: (value: number) => string;
}) {
  const { title, hint, lines, format } = props;
  const id = useId();
  const now = Math.max(0, ...lines.map(({ points }) => points.at(-1)?.at ?? 0));
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value ?? 0));
  const top = niceTop(Math.max(0, ...values));
  const latest = (line: Line) => {
    const value = line.points.at(-1)?.value;
    return value === undefined ? "–" : format(value);
  };
  const summary = lines.map((line) => `${line.name} ${latest(line)}`).join(", ");
  return (
    <section class="card plot" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {hint !== undefined && <p class="hint">{hint}</p>}
      <div class="plot-place">
        <span class="plot-top" aria-hidden="true">
          {format(top)}
        </span>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t.plot(title, summary)}
        >
          <path class="plot-grid" d={`M0 ${HEIGHT / 2}H${WIDTH}M0 1H${WIDTH}M0 ${HEIGHT - 1}H${WIDTH}`} />
          {lines.map(({ name, points }, index) => (
            <path key={name} class={`plot-line line-${index}`} d={draw(points, now, top)} />
          ))}
        </svg>
        <p class="plot-axis" aria-hidden="true">
          <span>{t.ago(SPAN_MS / 60_000)}</span>
          <span>{t.now}</span>
        </p>
      </div>
      <dl class="legend">
        {lines.map((line, index) => (
          <div key={line.name}>
            <dt>
              <span class={`swatch line-${index}`} aria-hidden="true" />
              {line.name}
            </dt>
            <dd>{latest(line)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
