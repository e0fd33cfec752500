import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api.js";
import { addressOf, go } from "../route.js";
import { t } from "../texts.js";
import { type Found, find } from "../users.js";
import { Search } from "./Search.js";
import { Trouble } from "./Trouble.js";
import { View } from "./View.js";

/** How long one who types is waited for, in ms. */
const TYPING_MS = 200;

/** Everybody who is online. */
export function Users() {
  const prefix = useSignal("");
  const { found, error, isBusy, more, again } = useFound(prefix.value.trim());
  return (
    <View
      title={t.whoIsOnline}
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
            if (prefix.value.trim() !== "") go({ view: "users", user: prefix.value.trim() });
          }}
        >
          <Search label={t.searchUsers} words={prefix} maxLength={256} autocomplete="off" />
          <button class="button-second" type="submit" disabled={prefix.value.trim() === ""}>
            {t.openUser}
          </button>
        </form>
      </search>
      <Trouble error={error} />
      <p class="hint" role="status">
        {found !== undefined &&
          (found.users.length > 0
            ? t.shown(found.users.length)
            : prefix.value.trim() === ""
              ? t.noUsers
              : t.noSuchUsers(prefix.value.trim()))}
      </p>
      <ul class="users">
        {found?.users.map((user) => (
          <li key={user}>
            <a href={addressOf({ view: "users", user })}>{user}</a>
          </li>
        ))}
      </ul>
      {found?.next !== undefined && (
        <button class="button-second" type="button" onClick={more} disabled={isBusy}>
          {t.more}
        </button>
      )}
    </View>
  );
}

/** Those who are online and begin like this: more of them each time one asks for more. */
function useFound(prefix: string) {
  const [found, setFound] = useState<Found>();
  const [error, setError] = useState<ApiError>();
  const [isBusy, setBusy] = useState(false);
  // What is asked for: the first, or those behind somebody.
  const [turn, setTurn] = useState<{ after?: string }>({});

  useEffect(() => setTurn({}), [prefix]);
  useEffect(() => {
    const ended = new AbortController();
    const look = async () => {
      setBusy(true);
      try {
        const page = await find(prefix, turn.after, ended.signal);
        setFound((before) => ({
          ...page,
          users: [...(turn.after === undefined ? [] : (before?.users ?? [])), ...page.users],
        }));
        setError(undefined);
      } catch (error) {
        if (ended.signal.aborted) return;
        setError(error instanceof ApiError ? error : new ApiError(0, String(error)));
        if (error instanceof ApiError && error.isPassing)
          timer = setTimeout(() => setTurn({ ...turn }), 2000);
      }
      if (!ended.signal.aborted) setBusy(false);
    };
    let timer = setTimeout(() => void look(), prefix === "" || turn.after !== undefined ? 0 : TYPING_MS);
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [turn]);
  const more = () => setTurn(found?.next === undefined ? {} : { after: found.next });
  return { found, error, isBusy, more, again: () => setTurn({}) };
}
