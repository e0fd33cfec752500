import type { Status } from "../archive/archive.js";
import { t } from "../texts.js";
import { ClockIcon, RetryIcon, TicksIcon } from "./icons.js";

const ICONS = { sending: ClockIcon, delivered: TicksIcon, failed: RetryIcon };

/** How far a message has come: a clock, two ticks, or an exclamation mark. */
export function StatusIcon({ status }: { status: Status }) {
  const Icon = ICONS[status];
  return (
    <span class={`status status-${status}`} title={t[status]}>
      <Icon />
      <span class="hidden">{t[status]}</span>
    </span>
  );
}
