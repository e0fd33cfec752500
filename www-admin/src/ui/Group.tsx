import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useAction } from "../action.js";
import { ask } from "../api.js";
import { when } from "../format.js";
import { usePages } from "../pages.js";
import { usePolled } from "../polled.js";
import { addressOf } from "../route.js";
import { t } from "../texts.js";
import type { Group, GroupEnded, HistoryPage, MembersPage } from "../types.js";
import { Confirm } from "./Confirm.js";
import { Trouble } from "./Trouble.js";
import { Facts, View } from "./View.js";

const EVERY_MS = 5000;
/** How many messages are shown, the last ones. */
const MESSAGES = 20;

/** One group: what it is like, who is in it, what was written last, and its end. */
export function GroupView({ group }: { group: string }) {
  const path = ["groups", group];
  const { data, error, again } = usePolled<Group>({ path }, EVERY_MS);
  const action = useAction();
  const dialog = useRef<HTMLDialogElement>(null);
  const end = async () => {
    const { ended } = await ask<GroupEnded>({ method: "DELETE", path });
    again();
    return t.groupEnded(ended);
  };
  // One that has ended is shown no longer as it was.
  const isThere = data !== undefined && error?.status !== 404;
  return (
    <View
      title={group}
      beside={
        <a class="button-second" href={addressOf({ view: "groups" })}>
          {t.allGroups}
        </a>
      }
    >
      <section class="card">
        <div class="card-head">
          <h2>{t.settings}</h2>
          {isThere && (
            <button
              class="button-second"
              type="button"
              disabled={action.isBusy}
              onClick={() => dialog.current?.showModal()}
            >
              {t.endGroup}
            </button>
          )}
        </div>
        <Trouble error={error} />
        <Trouble error={action.error} />
        {isThere && <Facts facts={factsOf(data)} />}
      </section>
      {isThere && <Members group={group} />}
      <LastMessages group={group} />
      <Confirm
        dialog={dialog}
        title={t.endGroupTitle(group)}
        text={t.endGroupText}
        action={t.endIt}
        onConfirm={() => void action.run(end)}
      />
    </View>
  );
}

function Members({ group }: { group: string }) {
  const { pages, error, more, again } = usePages<MembersPage>(["groups", group, "members"]);
  return (
    <section class="card">
      <div class="card-head">
        <h2>{t.members}</h2>
        <button class="button-second" type="button" onClick={again}>
          {t.refresh}
        </button>
      </div>
      <Trouble error={error} />
      <ul class="users" aria-label={t.members}>
        {pages
          .flatMap((page) => page.members)
          .map(({ user, role = "member" }) => (
            <li key={user}>
              <a href={addressOf({ view: "users", user })}>
                {user}
                {role !== "member" && ` (${t.roles[role]})`}
              </a>
            </li>
          ))}
      </ul>
      {more && (
        <button class="button-second" type="button" onClick={more}>
          {t.more}
        </button>
      )}
    </section>
  );
}

/** Not unless somebody wants to see them: they are others' words. */
function LastMessages({ group }: { group: string }) {
  const isShown = useSignal(false);
  return (
    <section class="card">
      <div class="card-head">
        <h2>{t.lastMessages}</h2>
        <label class="check">
          <input
            type="checkbox"
            checked={isShown.value}
            onChange={(event) => {
              isShown.value = event.currentTarget.checked;
            }}
          />
          {t.showTexts}
        </label>
      </div>
      {isShown.value && <Texts group={group} />}
    </section>
  );
}

function Texts({ group }: { group: string }) {
  const request = { path: ["groups", group, "history"], query: { limit: MESSAGES } };
  const { data, error } = usePolled<HistoryPage>(request, EVERY_MS);
  return (
    <>
      <Trouble error={error} />
      {data?.messages.length === 0 && <p class="hint">{t.nothingKept}</p>}
      <ul class="things">
        {data?.messages.map(({ seq, from, fp, storedAt, typeu, text }) => (
          <li key={seq}>
            <h3>{from === "0" ? t.theServer : from}</h3>
            <p class="message-text">{text}</p>
            <Facts
              facts={[
                [t.number, seq],
                [t.storedAt, when(storedAt)],
                [t.typeu, typeu],
                [t.fp, fp],
              ]}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

function factsOf({ name, writers, history, invite, muted, members, admins, owners }: Group) {
  const { groupFacts, writes, reads, invites } = t;
  return [
    [groupFacts.name, name],
    [groupFacts.members, members],
    [groupFacts.admins, admins],
    [groupFacts.owners, owners],
    [groupFacts.writers, writes[writers]],
    [groupFacts.history, reads[history]],
    [groupFacts.invite, invites[invite]],
    [groupFacts.muted, muted.join(", ")],
  ] as const;
}
