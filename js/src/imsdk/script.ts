/** The drop-in for a classic script tag, with the engine inside. */
import { createClient } from "../entries/index.js";
import { installOnPage } from "./page.js";

installOnPage(createClient);
