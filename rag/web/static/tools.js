// Print, copy a link, export menus that close, suggestions that arrive when they have been tried.
import { prepare } from "./panel.js";

export function announce(text) {
  const live = document.querySelector("[data-announce]");
  if (live) live.textContent = text;
}

async function copy(button) {
  const address = new URL(button.dataset.copy, location.href).href;
  try {
    await navigator.clipboard.writeText(address);
    button.textContent = "Copied";
    announce("The link was copied.");
  } catch {
    button.textContent = "Copy it from the address of “Permalink”";
  }
  setTimeout(() => { button.textContent = "Copy link"; }, 4000);
}

async function suggest(home) {
  try {
    const reply = await fetch(home.dataset.suggestions, { headers: { Accept: "text/html" } });
    if (!reply.ok) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const found = page.querySelector("[data-suggested]");
    home.replaceChildren(...(found ? found.childNodes : []));
  } catch { /* the page is whole without them */ }
}

export function prepareTools(root) {
  for (const one of root.querySelectorAll("[data-script-only]")) one.hidden = false;
  for (const one of root.querySelectorAll(".no-script")) one.hidden = true;
  for (const home of root.querySelectorAll("[data-suggestions]")) suggest(home);
  prepare(root);
}

export function watchTools() {
  prepareTools(document);
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest?.("[data-print]")) print();
    const button = target.closest?.("[data-copy]");
    if (button) copy(button);
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(".answer details.fold:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of opened) one.open = false; });
}
