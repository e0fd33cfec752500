import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useAction } from "../action.js";
import { ask } from "../api.js";
import { when } from "../format.js";
import { usePolled } from "../polled.js";
import { t } from "../texts.js";
import type { Devices as Answer, Device, DeviceRemoved } from "../types.js";
import { Confirm } from "./Confirm.js";
import { Trouble } from "./Trouble.js";
import { Facts } from "./View.js";

const EVERY_MS = 5000;

/** A user's devices, and their removal. Nothing where users have one session, whatever it is on. */
export function Devices({ user }: { user: string }) {
  const path = ["users", user, "devices"];
  const { data, error, again } = usePolled<Answer>({ path }, EVERY_MS);
  const action = useAction();
  const dialog = useRef<HTMLDialogElement>(null);
  // Which one is to go.
  const going = useSignal("");
  const devices = data?.devices ?? [];
  if (devices.length === 0 && error === undefined) return null;

  const confirm = (device: string) => {
    going.value = device;
    dialog.current?.showModal();
  };
  const remove = async () => {
    const query = { device: going.value };
    const { removed } = await ask<DeviceRemoved>({ method: "DELETE", path, query });
    again();
    return t.deviceRemoved(nameOf(removed));
  };
  return (
    <section class="card">
      <h2>{t.devices}</h2>
      <Trouble error={error} />
      <Trouble error={action.error} />
      <ul class="things">
        {devices.map((device) => (
          <li key={device.device}>
            <h3>{nameOf(device.device)}</h3>
            <Facts facts={factsOf(device)} />
            <button
              class="button-second"
              type="button"
              disabled={action.isBusy}
              aria-label={`${t.removeDevice}: ${nameOf(device.device)}`}
              onClick={() => confirm(device.device)}
            >
              {t.removeDevice}
            </button>
          </li>
        ))}
      </ul>
      <Confirm
        dialog={dialog}
        title={t.removeDeviceTitle(nameOf(going.value))}
        text={t.removeDeviceText}
        action={t.purge}
        onConfirm={() => void action.run(remove)}
      />
    </section>
  );
}

function nameOf(device: string): string {
  return device === "" ? t.unnamedDevice : device;
}

function factsOf({ platform, since, lastSeen, session, missedSince }: Device) {
  return [
    [t.deviceFacts.platform, platform],
    [t.deviceFacts.session, session === null ? t.offline : t.session(session)],
    [t.facts.since, when(since)],
    [t.deviceFacts.lastSeen, when(lastSeen)],
    [t.deviceFacts.missedSince, missedSince === null ? undefined : when(missedSince)],
  ] as const;
}
