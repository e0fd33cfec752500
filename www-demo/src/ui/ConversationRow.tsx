import type { Conversation } from "../archive/archive.js";
import { shortly } from "../dates.js";
import { draft } from "../drafts.js";
import { nameOf } from "../names.js";
import { preview } from "../preview.js";
import { openConversation, place } from "../route.js";
import { t } from "../texts.js";
import { Avatar } from "./Avatar.js";
import { StatusIcon } from "./StatusIcon.js";

/** A conversation in the list. `reachable`: it is the one that Tab leads to; arrow keys lead to the others. */
export function ConversationRow(props: { conversation: Conversation; userId: string; reachable: boolean }) {
  const { conversation, userId, reachable } = props;
  const { peer, last, unread } = conversation;
  const open = place.value.at === "chat" && place.value.peer === peer;
  const begun = open ? "" : draft(userId, peer);
  return (
    <li>
      <button
        class="row"
        type="button"
        data-peer={peer}
        tabIndex={reachable ? 0 : -1}
        aria-current={open}
        onClick={() => openConversation(peer)}
      >
        <Avatar userId={peer} />
        <span class="row-name">{nameOf(peer)}</span>
        <span class="row-time">{last && shortly(last.at)}</span>
        <span class="row-last">
          {begun !== "" ? (
            <>
              <em class="draft">{t.draft}</em> {begun}
            </>
          ) : (
            last && (
              <>
                {last.status && <StatusIcon status={last.status} />}
                {preview(last)}
              </>
            )
          )}
        </span>
        {unread > 0 && (
          <span class="badge">
            <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
            <span class="hidden">{t.unread(unread)}</span>
          </span>
        )}
      </button>
    </li>
  );
}
