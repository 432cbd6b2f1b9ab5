// The source behind a number, beside the text. Its content was written by the server into <template>s of the page.
const within = (name) => document.querySelector(`[data-panel-${name}]`);
let opener = null;
let place = null;

function templateOf(number) {
  const found = number.dataset.place && document.getElementById(number.dataset.place);
  return found instanceof HTMLTemplateElement ? found : null;
}

// Each place once, in the order of reading.
function places() {
  const found = new Map();
  for (const number of document.querySelectorAll("main .cite[data-place]")) {
    if (!found.has(number.dataset.place) && templateOf(number)) found.set(number.dataset.place, number);
  }
  return [...found.keys()];
}

function numbersOf(wanted) {
  return document.querySelectorAll(`.cite[data-place="${CSS.escape(wanted)}"]`);
}

function show(wanted) {
  const panel = document.getElementById("panel");
  const template = document.getElementById(wanted);
  const body = within("body");
  for (const number of document.querySelectorAll('.cite[aria-expanded="true"]')) number.setAttribute("aria-expanded", "false");
  body.replaceChildren(template.content.cloneNode(true));
  prepare(body);
  place = wanted;
  for (const number of numbersOf(wanted)) number.setAttribute("aria-expanded", "true");
  const all = places();
  const at = all.indexOf(wanted);
  within("place").textContent = `${at + 1} of ${all.length}`;
  within("previous").disabled = at <= 0;
  within("next").disabled = at < 0 || at === all.length - 1;
  panel.hidden = false;
  document.body.classList.add("panel-open");
  body.scrollTop = 0;
  body.querySelector("h2").focus({ preventScroll: true });
  const marked = body.querySelector("mark");
  const hidden = marked.offsetTop + marked.offsetHeight - body.offsetTop - body.clientHeight;
  if (hidden > 0) body.scrollTop = Math.min(hidden + 48, marked.offsetTop - body.offsetTop - 24);
}

export function closePanel(returnFocus = true) {
  const panel = document.getElementById("panel");
  if (!panel || panel.hidden) return;
  panel.hidden = true;
  document.body.classList.remove("panel-open");
  for (const number of document.querySelectorAll('.cite[aria-expanded="true"]')) number.setAttribute("aria-expanded", "false");
  if (returnFocus && opener?.isConnected) opener.focus();
  opener = null;
  place = null;
}

function go(step) {
  const all = places();
  const next = all[all.indexOf(place) + step];
  if (!next) return;
  show(next);
  const number = [...numbersOf(next)].find((one) => one.closest("main"));
  if (number) {
    opener = number;
    if (number.closest("details:not([open])")) return;
    number.scrollIntoView({ block: "nearest" });
  }
}

// Numbers become buttons where there is a panel for them to open.
export function prepare(root) {
  for (const number of root.querySelectorAll(".cite[data-place]")) {
    if (!templateOf(number)) continue;
    number.setAttribute("role", "button");
    number.setAttribute("aria-expanded", "false");
    number.setAttribute("aria-controls", "panel");
  }
}

export function watchCitations() {
  if (!document.getElementById("panel")) return;
  prepare(document);
  document.addEventListener("click", (event) => {
    const number = event.target.closest?.(".cite[data-place]");
    if (!number || !templateOf(number) || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    if (number.closest("main")) opener = number;
    show(number.dataset.place);
  });
  document.addEventListener("keydown", (event) => {
    const number = event.target.closest?.(".cite[role='button']");
    if (number && event.key === " ") { event.preventDefault(); number.click(); return; }
    if (document.getElementById("panel").hidden || event.altKey || event.metaKey || event.ctrlKey) return;
    if (event.key === "Escape") { event.preventDefault(); closePanel(); return; }
    if (event.target.closest?.("textarea, input, select")) return;
    if (event.key === "ArrowRight") { event.preventDefault(); go(1); }
    if (event.key === "ArrowLeft") { event.preventDefault(); go(-1); }
  });
  within("close").addEventListener("click", () => closePanel());
  within("next").addEventListener("click", () => go(1));
  within("previous").addEventListener("click", () => go(-1));
}
