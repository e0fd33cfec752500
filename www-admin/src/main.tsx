import { effect } from "@preact/signals";
import { render } from "preact";
import { language } from "../../www-demo/src/language.js";
import { followTheme } from "../../www-demo/src/theme.js";
import { followStatistics } from "./history.js";
import { place } from "./route.js";
import "./styles/index.css";
import { t } from "./texts.js";
import { App } from "./ui/App.js";

effect(() => {
  document.documentElement.lang = language.value;
});
effect(() => {
  const { view, user } = place.value;
  document.title = `${user ?? t.views[view]} – ${t.admin}`;
});
followTheme();
followStatistics();

render(<App />, document.getElementById("app") as HTMLElement);
