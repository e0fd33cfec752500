import { useEffect, useRef, useState } from "preact/hooks";
import type { SignInKind } from "../config.js";
import { SignInError } from "../password-login.js";
import { NEEDS_TOKEN, type Refused } from "../session.js";
import { t } from "../texts.js";

/** Says why somebody was not let in, and counts down how long they are to wait. */
export function Refusal({ refused, kind }: { refused: Refused; kind: SignInKind }) {
  return refused instanceof SignInError ? <NoToken error={refused} /> : byCode(refused, kind);
}

function byCode(code: number | string, kind: SignInKind): string {
  if (code === NEEDS_TOKEN) return t.refused.needsToken;
  if (code === 1025 && kind === "token") return t.refused.token;
  return code === 1025 || code === 1026 ? t.refused[code] : t.refused.other(code);
}

function NoToken({ error: { reason, until } }: { error: SignInError }) {
  const seconds = useSecondsUntil(until);
  const first = useRef(seconds);
  const text = t.noToken[reason];
  if (typeof text === "string") return text;
  // Whoever listens is told when it begins and when it is over, not each second.
  return (
    <>
      <span aria-hidden="true">{text(seconds)}</span>
      <span class="hidden">{text(seconds && first.current)}</span>
    </>
  );
}

function useSecondsUntil(until = 0): number {
  const left = () => Math.max(0, Math.ceil((until - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => {
      setSeconds(left());
      if (left() === 0) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [until]);
  return seconds;
}
