import { bytes, count, lasting, short, took } from "../format.js";
import { samples, statsError } from "../history.js";
import { usePolled } from "../polled.js";
import { percentiles, rates, total, values } from "../rates.js";
import { t } from "../texts.js";
import type { ServerInfo, Statistics } from "../types.js";
import { Plot } from "./Plot.js";
import { Trouble } from "./Trouble.js";
import { Facts, View } from "./View.js";
import { Troubles } from "./Webhooks.js";

/** How the server is, and was over the last minutes. */
export function Overview() {
  const latest = samples.value.at(-1);
  return (
    <View title={t.views.overview}>
      {latest === undefined ? (
        statsError.value === undefined ? (
          <p class="loading">{t.loading}</p>
        ) : (
          <Trouble error={statsError.value} />
        )
      ) : (
        <>
          <Troubles latest={latest} />
          <Plots />
          <Now latest={latest} />
        </>
      )}
    </View>
  );
}

function Plots() {
  const all = samples.value;
  const first = all[0];
  const transports = Object.keys(first?.sessions ?? {});
  const outcomes = Object.keys(first?.messages ?? {}).filter((name) =>
    all.some(({ messages }) => messages[name] !== first?.messages[name]),
  );
  const perSecond = (value: number) => t.perSecond(short(value));
  return (
    <div class="plots">
      <Plot
        title={t.sessionsNow}
        lines={transports.map((name) => ({ name, points: values(all, ({ sessions }) => sessions[name]) }))}
        format={short}
      />
      <Plot
        title={t.messagesPerSecond}
        lines={(outcomes.length > 0 ? outcomes : ["delivered", "stored"]).map((name) => ({
          name: t.counted(name),
          points: rates(all, ({ messages }) => messages[name] ?? 0),
        }))}
        format={perSecond}
      />
      <Plot
        title={t.deliveryTime}
        hint={t.deliveryHint}
        lines={[50, 95, 99].map((part) => ({
          name: t.percentile(part),
          points: percentiles(all, ({ delivery }) => delivery, part / 100),
        }))}
        format={took}
      />
      <Plot
        title={t.loginsPerSecond}
        lines={[
          { name: t.accepted, points: rates(all, ({ logins }) => logins.accepted ?? 0) },
          { name: t.notAccepted, points: rates(all, ({ logins }) => total(logins) - (logins.accepted ?? 0)) },
        ]}
        format={perSecond}
      />
    </div>
  );
}

function Now({ latest }: { latest: Statistics }) {
  const server = usePolled<ServerInfo>({ path: ["server"] });
  const { store } = latest;
  const transaction = percentiles(samples.value, ({ store }) => store.transactions, 0.99).at(-1)?.value;
  const listeners = Object.entries(server.data?.listeners ?? {});
  return (
    <div class="cards">
      <section class="card">
        <h2>{t.store}</h2>
        <Facts
          facts={[
            [t.storedMessages, store.messages !== undefined && count(store.messages)],
            [t.storedBytes, store.bytes !== undefined && bytes(store.bytes)],
            [t.diskFree, store.diskFree !== undefined && bytes(store.diskFree)],
            ["", store.diskLow === true && t.diskLow],
            [t.storeTransaction, transaction === undefined ? "–" : took(transaction)],
            [t.refusedByLimit, count(total(store.refused))],
            [t.expired, count(store.expired)],
          ].map(([name, fact]) => [String(name), fact === false ? undefined : fact] as const)}
        />
      </section>
      <section class="card">
        <h2>{t.queues}</h2>
        <Facts
          facts={[
            [t.mailboxes, bytes(latest.mailboxBytes)],
            [t.sendQueues, bytes(latest.sendQueueBytes)],
            [t.storeQueue, bytes(store.queuedBytes)],
            [t.knownUsers, count(latest.knownUsers)],
            [t.retransmissions, count(latest.retransmissions)],
          ]}
        />
      </section>
      <section class="card">
        <h2>{t.server}</h2>
        <Trouble error={server.error} />
        <Facts
          facts={[
            [t.version, server.data?.version],
            [t.uptime, lasting(latest.uptime)],
            [t.connections, count(latest.connections)],
            ...listeners.map(([name, address]) => [name, <code key={name}>{address}</code>] as const),
          ]}
        />
      </section>
      {latest.events !== undefined && <EventsCard events={latest.events} />}
      <section class="card">
        <h2>{t.sinceStart}</h2>
        <Facts
          facts={Object.entries(latest.messages)
            .filter(([, amount]) => amount > 0)
            .map(([name, amount]) => [t.counted(name), count(amount)] as const)}
        />
        {total(latest.messages) === 0 && <p class="hint">{t.noneYet}</p>}
      </section>
    </div>
  );
}

/** What is recorded, and how far those are who read it. */
function EventsCard({ events }: { events: NonNullable<Statistics["events"]> }) {
  return (
    <section class="card">
      <h2>{t.views.events}</h2>
      <Facts
        facts={[
          [t.recorded, count(total(events.recorded))],
          [t.kept, `${count(events.kept)} (${bytes(events.bytes)})`],
          [t.lost, count(events.lost)],
          [t.dropped, count(events.dropped)],
          ...Object.entries(events.behind).map(
            ([name, behind]) => [t.isBehind(name), count(behind)] as const,
          ),
        ]}
      />
    </section>
  );
}
