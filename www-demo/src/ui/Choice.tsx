import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";

/** One of a few, side by side. */
export function Choice<T extends string>(props: {
  title: string;
  options: Readonly<Record<T, string>>;
  chosen: Signal<T>;
}) {
  const { title, options, chosen } = props;
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{title}</legend>
      <div class="choice-options">
        {(Object.entries(options) as [T, string][]).map(([value, text]) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              checked={chosen.value === value}
              onChange={() => {
                chosen.value = value;
              }}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
