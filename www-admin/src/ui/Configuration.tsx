import { useSignal } from "@preact/signals";
import { usePolled } from "../polled.js";
import { t } from "../texts.js";
import type { ServerSettings, Setting } from "../types.js";
import { Search } from "./Search.js";
import { Trouble } from "./Trouble.js";
import { View } from "./View.js";

/** The settings by which the server runs. */
export function Configuration() {
  const { data, error, again } = usePolled<ServerSettings>({ path: ["config"] });
  const words = useSignal("");
  const isOnlySet = useSignal(false);
  const shown = (data?.settings ?? []).filter(
    (setting) =>
      `${setting.key} ${setting.value ?? ""}`.toLowerCase().includes(words.value.trim().toLowerCase()) &&
      (!isOnlySet.value || setting.source !== "default"),
  );
  return (
    <View
      title={t.views.config}
      beside={
        <button class="button-second" type="button" onClick={again}>
          {t.refresh}
        </button>
      }
    >
      <div class="search-line">
        <Search label={t.filter} words={words} />
        <label class="check">
          <input
            type="checkbox"
            checked={isOnlySet.value}
            onChange={(event) => {
              isOnlySet.value = event.currentTarget.checked;
            }}
          />
          {t.onlySet}
        </label>
      </div>
      <Trouble error={error} />
      <p class="hint" role="status">
        {data !== undefined && (shown.length === 0 ? t.noSettings : t.settingsShown(shown.length))}
      </p>
      {bySection(shown).map(([section, settings]) => (
        <section class="card" key={section} aria-label={section || t.general}>
          <h2>{section || t.general}</h2>
          <dl class="settings">
            {settings.map((setting) => (
              <div key={setting.key}>
                <dt>{setting.key.slice(section === "" ? 0 : section.length + 1)}</dt>
                <dd>
                  <Value setting={setting} />
                  <small class={setting.source === "default" ? "hint" : "hint is-set"}>
                    {source(setting)}
                  </small>
                  {setting.needsRestart && <small class="needs-restart">{t.needsRestart}</small>}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </View>
  );
}

function Value({ setting: { value, otherwise, isSet } }: { setting: Setting }) {
  if (isSet !== undefined) return <span>{isSet ? t.secretSet : t.secretNotSet}</span>;
  return value === undefined ? <span class="otherwise">{otherwise || t.notSet}</span> : <code>{value}</code>;
}

function source({ source, place, line }: Setting): string {
  if (source === "default") return t.byDefault;
  return line === undefined ? (place ?? "") : `${place}:${line}`;
}

/** Settings by what their keys begin with. */
function bySection(settings: readonly Setting[]): [string, Setting[]][] {
  const sections = new Map<string, Setting[]>();
  for (const setting of settings) {
    const section = setting.key.includes(".") ? (setting.key.split(".")[0] ?? "") : "";
    sections.set(section, [...(sections.get(section) ?? []), setting]);
  }
  return [...sections];
}
