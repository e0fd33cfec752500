import { addressOf } from "../route.js";
import { t } from "../texts.js";
import { Devices } from "./Devices.js";
import { SendForm } from "./SendForm.js";
import { Sessions } from "./Sessions.js";
import { Tokens } from "./Tokens.js";
import { View } from "./View.js";
import { Waiting } from "./Waiting.js";

/** One user: sessions, devices, what waits, and tokens. */
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
      <Devices key={`devices ${user}`} user={user} />
      <Waiting key={user} user={user} />
      <section class="card">
        <h2>{t.sendTo(user)}</h2>
        <SendForm to={user} />
      </section>
      <Tokens key={`tokens ${user}`} user={user} />
    </View>
  );
}
