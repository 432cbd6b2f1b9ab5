// What a page gains where scripts run. Everything here has a form or a link under it that works without.
import { watchScheme } from "./scheme.js";
import { watchCitations } from "./panel.js";
import { watchQuestions } from "./asking.js";
import { watchTools } from "./tools.js";

watchScheme();
watchCitations();
watchQuestions();
watchTools();
