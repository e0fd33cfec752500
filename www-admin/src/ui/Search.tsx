import type { Signal } from "@preact/signals";
import { SearchIcon } from "../../../www-demo/src/ui/icons.js";

interface Props {
  /** What it searches, for those who see it and those who hear it. */
  label: string;
  words: Signal<string>;
  maxLength?: number;
  autocomplete?: "off";
}

/** A field for words to search for. */
export function Search({ label, words, ...bounds }: Props) {
  return (
    <div class="search">
      <SearchIcon />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={words.value}
        onInput={(event) => {
          words.value = event.currentTarget.value;
        }}
        {...bounds}
        autocapitalize="none"
        spellcheck={false}
      />
    </div>
  );
}
