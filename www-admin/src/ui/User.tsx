import { addressOf } from "../route.js";
import { t } from "../texts.js";
import { SendForm } from "./SendForm.js";
import { Sessions } from "./Sessions.js";
import { View } from "./View.js";
import { Waiting } from "./Waiting.js";

/** One user: sessions, and what waits. */
export function UserView({ user }: { user: string }) {
  return (
    <View
      title={user}
      beside={
        <a class="button-second" href={addressOf({ view: "users" })}>
          {t.back}
        </a>
      }
    >
      <Sessions user={user} />
      <Waiting user={user} />
      <section class="card">
        <h2>{t.sendTo(user)}</h2>
        <SendForm to={user} />
      </section>
    </View>
  );
}
