import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { details, isAbout, type ServerEvent, TYPES, useEvents } from "../events.js";
import { exactly } from "../format.js";
import { addressOf } from "../route.js";
import { t } from "../texts.js";
import { Trouble } from "./Trouble.js";
import { View } from "./View.js";

/** What happens on the server, the latest first. */
export function Events() {
  const id = useId();
  const type = useSignal("");
  const who = useSignal("");
  const isPaused = useSignal(false);
  const { events, error } = useEvents(isPaused.value);
  const shown = events.filter((event) => isAbout(event, type.value, who.value.trim()));
  return (
    <View
      title={t.views.events}
      beside={
        <button
          class="button-second"
          type="button"
          aria-pressed={isPaused.value}
          onClick={() => {
            isPaused.value = !isPaused.value;
          }}
        >
          {isPaused.value ? t.goOn : t.pause}
        </button>
      }
    >
      <div class="search-line">
        <div class="labelled">
          <label for={`${id}-type`}>{t.eventType}</label>
          <select
            id={`${id}-type`}
            class="field"
            value={type.value}
            onChange={(event) => {
              type.value = event.currentTarget.value;
            }}
          >
            <option value="">{t.allTypes}</option>
            {TYPES.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div class="labelled grows">
          <label for={`${id}-who`}>{t.searchUsers}</label>
          <input
            id={`${id}-who`}
            class="field"
            type="search"
            value={who.value}
            onInput={(event) => {
              who.value = event.currentTarget.value;
            }}
            maxLength={256}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
        </div>
      </div>
      <Trouble error={error} />
      {error === undefined && shown.length === 0 && <p class="hint">{t.noEvents}</p>}
      <ol class="events-list" aria-label={t.views.events}>
        {shown.map((event) => (
          <Row key={event.position} event={event} />
        ))}
      </ol>
    </View>
  );
}

function Row({ event }: { event: ServerEvent }) {
  const { type, at, user, from, to, fp } = event;
  return (
    <li>
      <time dateTime={new Date(at).toISOString()}>{exactly(at)}</time>
      <span class={`outcome outcome-${type}`}>{type}</span>
      <span class="event-about">
        {user !== undefined && <User user={user} />}
        {from !== undefined && (
          <>
            <User user={from} /> → <User user={to ?? ""} />
          </>
        )}{" "}
        {from !== undefined && fp !== undefined && (
          <a href={addressOf({ view: "messages", user: from, fp })}>{fp}</a>
        )}
        <small class="hint">{details(event)}</small>
      </span>
    </li>
  );
}

function User({ user }: { user: string }) {
  if (user === "0") return <>{t.theServer}</>;
  return <a href={addressOf({ view: "users", user })}>{user}</a>;
}
