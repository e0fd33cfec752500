import { count, took, when } from "../format.js";
import { samples, statsError } from "../history.js";
import { usePolled } from "../polled.js";
import { percentiles, total } from "../rates.js";
import { t } from "../texts.js";
import type { Consumers, EventError, Statistics } from "../types.js";
import { Trouble } from "./Trouble.js";
import { Facts, View } from "./View.js";

const EVERY_MS = 3000;

/** The name of the reader that is the back end. */
const WEBHOOK_CONSUMER = "webhook";

/** What the back end is asked, and how far those are who read events. */
export function Webhooks() {
  const latest = samples.value.at(-1);
  return (
    <View title={t.views.webhooks}>
      {latest === undefined &&
        (statsError.value === undefined ? (
          <p class="loading">{t.loading}</p>
        ) : (
          <Trouble error={statsError.value} />
        ))}
      {latest !== undefined && (
        <>
          <Troubles latest={latest} />
          <div class="cards">
            <Question title={t.questions.login} of={({ webhooks }) => webhooks.login} latest={latest} />
            <Question
              title={t.questions.beforeC2c}
              of={({ webhooks }) => webhooks.beforeC2c}
              latest={latest}
            />
            <Question
              title={t.questions.beforeC2s}
              of={({ webhooks }) => webhooks.beforeC2s}
              latest={latest}
            />
          </div>
          {latest.events?.webhook !== undefined && (
            <EventWebhook
              webhook={latest.events.webhook}
              behind={latest.events.behind[WEBHOOK_CONSUMER]}
              now={latest.at}
            />
          )}
        </>
      )}
      <Readers />
    </View>
  );
}

/** What is wrong now. */
export function Troubles({ latest }: { latest: Statistics }) {
  return (
    <>
      {latest.troubles.map((trouble) => (
        <p key={trouble} class="trouble" role="alert">
          {trouble}
        </p>
      ))}
    </>
  );
}

function Question(props: {
  title: string;
  of: (one: Statistics) => Statistics["webhooks"]["login"];
  latest: Statistics;
}) {
  const { title, of, latest } = props;
  const asked = of(latest);
  const time = percentiles(samples.value, (one) => of(one).time, 0.99).at(-1)?.value;
  const isAsked = total(asked.outcomes) + total(asked.requests) > 0;
  const inWords = (name: string) => t.answers[name as keyof typeof t.answers] ?? name;
  return (
    <section class="card">
      <h2>{title}</h2>
      {!isAsked && <p class="hint">{t.notAsked}</p>}
      {isAsked && (
        <Facts
          facts={[
            ...Object.entries(asked.outcomes).map(
              ([name, amount]) => [inWords(name), count(amount)] as const,
            ),
            ...Object.entries(asked.requests).map(
              ([name, amount]) => [t.requests(inWords(name)), count(amount)] as const,
            ),
            [t.answerTime, time === undefined ? "–" : took(time)],
          ]}
        />
      )}
    </section>
  );
}

/** The back end that events are sent to, and why it has not taken them last. */
function EventWebhook(props: {
  webhook: NonNullable<NonNullable<Statistics["events"]>["webhook"]>;
  behind: number | undefined;
  now: number;
}) {
  const { webhook, behind, now } = props;
  const error = webhook.lastError;
  return (
    <section class="card">
      <h2>{t.eventWebhook}</h2>
      <Facts
        facts={[
          [t.behind, behind === undefined ? undefined : count(behind)],
          ...Object.entries(webhook.requests).map(
            ([name, amount]) => [t.requests(t.sendings[name] ?? name), count(amount)] as const,
          ),
        ]}
      />
      <h3>{t.lastError}</h3>
      {error === undefined ? <p class="hint">{t.noError}</p> : <LastError error={error} now={now} />}
    </section>
  );
}

function LastError({ error, now }: { error: EventError; now: number }) {
  const { kind, status, text, since, at, tries, nextAt, takenAt } = error;
  return (
    <>
      <p class={takenAt === undefined ? "trouble" : "told"}>{t.errorKinds[kind]?.(status) ?? text}</p>
      <Facts
        facts={[
          [t.inDetail, text],
          [t.errorSince, when(since)],
          [t.lastTried, when(at)],
          [t.tries, count(tries)],
          [t.nextTry, nextAt === undefined ? undefined : nextAt <= now ? t.now : when(nextAt)],
          [t.takenSince, takenAt === undefined ? undefined : when(takenAt)],
        ]}
      />
    </>
  );
}

/** Those who read events, and how far they are. */
function Readers() {
  const { data, error } = usePolled<Consumers>({ path: ["events", "consumers"] }, EVERY_MS);
  return (
    <section class="card">
      <h2>{t.consumers}</h2>
      <p class="hint">{t.consumersText}</p>
      <Trouble error={error} />
      {data?.consumers.length === 0 && <p class="hint">{t.noConsumers}</p>}
      <ul class="things">
        {data?.consumers.map(({ name, position, behind, seenAt }) => (
          <li key={name}>
            <h3>{name === WEBHOOK_CONSUMER ? t.webhookConsumer : name}</h3>
            <Facts
              facts={[
                [t.behind, count(behind)],
                [t.position, count(position)],
                [t.seenAt, when(seenAt)],
              ]}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
