import { useSignal } from "@preact/signals";
import { usePages } from "../pages.js";
import { addressOf, go } from "../route.js";
import { t } from "../texts.js";
import type { GroupsPage } from "../types.js";
import { Search } from "./Search.js";
import { Trouble } from "./Trouble.js";
import { View } from "./View.js";

/** All groups. */
export function Groups() {
  const id = useSignal("");
  const { pages, error, more, again } = usePages<GroupsPage>(["groups"]);
  const groups = pages.flatMap((page) => page.groups);
  const wanted = id.value.trim();
  return (
    <View
      title={t.views.groups}
      beside={
        <button class="button-second" type="button" onClick={again}>
          {t.refresh}
        </button>
      }
    >
      <search>
        <form
          class="search-line"
          onSubmit={(event) => {
            event.preventDefault();
            if (wanted !== "") go({ view: "groups", user: wanted.startsWith("#") ? wanted : `#${wanted}` });
          }}
        >
          <Search label={t.searchGroups} words={id} maxLength={256} autocomplete="off" />
          <button class="button-second" type="submit" disabled={wanted === ""}>
            {t.openGroup}
          </button>
        </form>
      </search>
      <Trouble error={error} />
      <p class="hint" role="status">
        {pages.length > 0 && (groups.length === 0 ? t.noGroups : t.groupsShown(groups.length))}
      </p>
      <ul class="users">
        {groups.map((group) => (
          <li key={group}>
            <a href={addressOf({ view: "groups", user: group })}>{group}</a>
          </li>
        ))}
      </ul>
      {more && (
        <button class="button-second" type="button" onClick={more}>
          {t.more}
        </button>
      )}
    </View>
  );
}
