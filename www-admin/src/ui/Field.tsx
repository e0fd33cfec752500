import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";

/** A field for one line, with its label and a hint. */
export function Field(props: {
  label: string;
  hint?: string;
  value: Signal<string>;
  required?: boolean;
  numeric?: boolean;
  maxLength?: number;
}) {
  const { label, hint, value, required = false, numeric = false, maxLength = 256 } = props;
  const id = useId();
  return (
    <div class="labelled">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="field"
        value={value.value}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
        required={required}
        maxLength={maxLength}
        inputMode={numeric ? "numeric" : "text"}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
      {hint !== undefined && (
        <small id={`${id}-hint`} class="hint">
          {hint}
        </small>
      )}
    </div>
  );
}
