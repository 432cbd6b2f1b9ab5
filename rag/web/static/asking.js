// Asks through /v1 and shows each statement as it passes; then the page becomes that of the answer.
import { eventsOf } from "./events.js";
import { closePanel } from "./panel.js";
import { announce, prepareTools } from "./tools.js";

const HEADINGS = { short_answer: "Short answer", guidelines: "From the Guidelines", research: "From the Research", agreement: "Where they agree, where they differ" };
const place = () => location.pathname + location.search;
// What the document shows is where it was loaded from: the reader may have gone back before this ran.
const loaded = new URL(performance.getEntriesByType("navigation")[0]?.name ?? location.href);
let shown = loaded.pathname + loaded.search;
let busy = false;

// What could turn the order of letters round, or hide, is taken out here as the server does it.
const plain = (text) => text
  .replace(/[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/g, "")
  .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, " ");

function make(name, options = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(options)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function requestOf(form) {
  const fields = new FormData(form);
  const body = { question: fields.get("question").trim(), audience: fields.get("audience") || "clinician" };
  for (const name of ["standalone", "conversation_id"]) if (fields.get(name)) body[name] = fields.get(name).trim();
  for (const name of ["from_year", "to_year"]) if (fields.get(name)) body[name] = Number(fields.get(name));
  if (fields.getAll("topics").length) body.topics = fields.getAll("topics");
  return body;
}

// The answer while it is made: a place for each part, filled as statements come.
class Making {
  constructor(question) {
    this.question = question;
    this.count = 0;
    this.parts = new Map();
    this.understood = make("p", { class: "understood", hidden: "" });
    this.waiting = make("p", { class: "waiting" }, "Reading the sources");
    this.halves = make("div", { class: "halves" });
    this.body = make("article", { class: "answer making", "aria-busy": "true" },
      make("header", { class: "asked" }, make("h1", { dir: "auto" }, plain(question)), this.understood, this.waiting), this.halves);
  }

  section(part) {
    if (!this.parts.has(part)) {
      const list = make("ul", { class: "claims", "aria-live": "polite", "aria-relevant": "additions" });
      const half = part === "guidelines" || part === "research";
      const section = make("section", { class: half ? `half half-${part}` : "short" }, make("h2", {}, HEADINGS[part]), list);
      if (part === "short_answer") this.body.insertBefore(section, this.halves);
      else if (half) this.halves[part === "guidelines" ? "prepend" : "append"](section);
      else this.body.append(section);
      this.parts.set(part, list);
    }
    return this.parts.get(part);
  }

  show(event) {
    this.count += 1;
    const { claim, part } = event;
    const said = make("p", { class: "said", dir: "auto" }, plain(claim.text));
    const cites = make("span", { class: "cites" });
    for (const number of new Set(claim.citations.map((one) => one.number))) cites.append(make("span", { class: "cite" }, String(number)));
    said.append(cites);
    this.section(part).append(make("li", { class: "claim" }, said));
    this.waiting.textContent = this.count === 1 ? "1 statement has passed verification" : `${this.count} statements have passed verification`;
  }

  understand({ standalone, relation }) {
    if (relation !== "follow_up" || standalone === this.question) return;
    this.understood.textContent = `Understood as “${plain(standalone)}”`;
    this.understood.hidden = false;
  }
}

function say(form, text) {
  const problem = form.querySelector("[data-problem]");
  problem.replaceChildren(text);
  problem.hidden = !text;
}

function reason(problem) {
  if (problem?.type?.endsWith("#problem-privacy")) {
    return `Your question seems to identify a person, so it was neither answered nor kept. Take that out, and ask again. ${problem.detail ?? ""}`;
  }
  return problem?.detail || problem?.title || "";
}

class Refused extends Error {}

async function answerOf(form, making) {
  const reply = await fetch("/v1/answers", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream", "X-CSRF-Token": document.querySelector('meta[name="csrf"]').content },
    body: JSON.stringify(requestOf(form)),
  });
  if (!reply.ok) {
    const problem = await reply.json().catch(() => null);
    throw new Refused(reason(problem) || "The question could not be asked.");
  }
  for await (const { name, content } of eventsOf(reply)) {
    if (name === "condensed") making.understand(content);
    if (name === "claim") making.show(content);
    if (name === "error") throw new Refused(reason(content) || "The answer could not be finished.");
    if (name === "answer") return content;
  }
  throw new Error("the stream ended without an answer");
}

async function become(answer) {
  const address = `/answers/${encodeURIComponent(answer.answer_id)}/versions/${answer.version}`;
  const reply = await fetch(address, { headers: { Accept: "text/html" } });
  if (!reply.ok) { location.assign(address); return; }
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const main = document.getElementById("main");
  const top = scrollY;
  main.replaceChildren(...page.getElementById("main").childNodes);
  document.title = page.title;
  history.replaceState(null, "", address);
  shown = place();
  prepareTools(main);
  scrollTo(0, top);
}

async function askBy(form) {
  const main = document.getElementById("main");
  const before = [...main.childNodes];
  const body = requestOf(form);
  const making = new Making(body.question);
  const earlier = document.querySelector(".answer[data-answer] .asked h1");
  closePanel(false);
  say(form, "");
  busy = true;
  const reader = make("div", { class: "reader" });
  if (earlier && form.querySelector('[name="conversation_id"]')?.value) reader.append(make("p", { class: "eyebrow" }, `Earlier: ${plain(earlier.textContent)}`));
  reader.append(making.body);
  main.replaceChildren(reader);
  scrollTo(0, 0);
  announce("Reading the sources.");
  try {
    const answer = await answerOf(form, making);
    history.pushState(null, "", location.href);
    await become(answer);
    announce(answer.answer.outcome === "answer"
      ? `The answer is complete: ${answer.answer.content.claim_ids.length} statements from ${answer.answer.references.length} sources.`
      : "The sources searched do not answer this.");
    if (document.activeElement === document.body) main.focus({ preventScroll: true });
  } catch (error) {
    main.replaceChildren(...before);
    say(form, error instanceof Refused ? error.message : "The connection was lost before the answer was complete. Nothing is wrong with your question: try again.");
    const button = form.querySelector("button[type='submit']:not(.quiet)");
    if (!(error instanceof Refused) && !button.classList.contains("link")) button.textContent = "Try again";
    (form.querySelector("textarea") ?? button).focus();
  } finally {
    busy = false;
  }
}

export function watchQuestions() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("form[data-ask]");
    if (!form || event.submitter?.hasAttribute("data-understood")) return;
    event.preventDefault();
    if (!busy) askBy(form);
  });
  document.addEventListener("click", (event) => {
    const example = event.target.closest?.("[data-example]");
    const box = document.getElementById("question");
    if (!example || !box || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    box.value = example.textContent;
    box.focus();
    box.scrollIntoView({ block: "center" });
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("form[data-ask] textarea");
    if (!box || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    box.form.requestSubmit(box.form.querySelector("button[type='submit']:not(.quiet)"));
  });
  const follow = () => { if (place() !== shown) location.reload(); };
  addEventListener("popstate", follow);
  follow();
}
