import { useEffect, useRef, useState } from "preact/hooks";
import { type Emoji, groups, named, search } from "../emoji/emoji.js";
import { language } from "../language.js";
import { recentEmoji } from "../settings.js";
import { t } from "../texts.js";
import { arrowKeys } from "./arrow-keys.js";

/** As many are remembered. */
const RECENT = 16;

/** Emoji to pick from, by group or by name. */
export function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const [words, setWords] = useState("");
  // Those that were picked since it was opened do not change places under one's fingers.
  const [recent] = useState(() => named(recentEmoji.value));
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // On a phone its keyboard would leave no room for the emoji.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  const found = words.trim() === "" ? undefined : search(words);
  const pick = (emoji: string) => {
    onPick(emoji);
    recentEmoji.value = [emoji, ...recentEmoji.value.filter((one) => one !== emoji)].slice(0, RECENT);
  };
  const [first] = found ?? (recent.length > 0 ? recent : (groups[0]?.[1] ?? []));
  const grid = (emoji: readonly Emoji[]) => (
    <div class="emoji-grid">
      {emoji.map((one) => (
        <button
          key={one.character}
          type="button"
          // Tab leads to the first one, arrow keys to the others.
          tabIndex={one === first ? 0 : -1}
          aria-label={nameOf(one)}
          title={nameOf(one)}
          onClick={() => pick(one.character)}
        >
          {one.character}
        </button>
      ))}
    </div>
  );

  return (
    <section class="emoji" aria-label={t.emoji}>
      <input
        class="field"
        type="text"
        autocomplete="off"
        spellcheck={false}
        placeholder={t.searchEmoji}
        aria-label={t.searchEmoji}
        value={words}
        ref={field}
        onInput={(event) => setWords(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "Enter") {
            event.preventDefault();
            if (found?.[0]) pick(found[0].character);
          } else if (event.key === "ArrowDown") {
            event.preventDefault();
            event.currentTarget.parentElement?.querySelector<HTMLElement>(".emoji-grid button")?.focus();
          }
        }}
      />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys, from whichever of the emoji has the focus */}
      <div class="emoji-groups" onKeyDown={arrowKeys(".emoji-grid button")}>
        {found && (found.length > 0 ? grid(found) : <p role="status">{t.noEmoji}</p>)}
        {!found && recent.length > 0 && group(t.emojiGroups.recent, grid(recent))}
        {!found && groups.map(([name, emoji]) => group(t.emojiGroups[name], grid(emoji)))}
      </div>
    </section>
  );
}

function group(title: string, grid: preact.JSX.Element) {
  return (
    <section aria-label={title} key={title}>
      <h2>{title}</h2>
      {grid}
    </section>
  );
}

function nameOf({ en, zh }: Emoji): string {
  return language.value === "en" ? en : zh;
}
