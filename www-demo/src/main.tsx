import { render } from "preact";
import { findServer } from "./config.js";
import { signedInUser } from "./remembered.js";
import { Session } from "./session.js";
import "./styles/index.css";
import { language, t } from "./texts.js";
import { App } from "./ui/App.js";

document.documentElement.lang = language;
const root = document.getElementById("app") as HTMLElement;

try {
  const session = await Session.create(await findServer());
  const userId = signedInUser();
  if (userId !== undefined) void session.signIn(userId, true);
  render(<App session={session} />, root);
} catch (error) {
  render(<p class="broken">{t.failedToStart}</p>, root);
  throw error;
}
