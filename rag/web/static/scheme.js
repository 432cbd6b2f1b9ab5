// Light or dark: the system's, or the one that was chosen, which this browser remembers.
const system = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

export function watchScheme() {
  const toggle = document.querySelector("[data-theme-toggle]");
  if (!toggle) return;
  const word = toggle.querySelector("[data-theme-word]");
  const show = () => { word.textContent = isDark() ? "Light" : "Dark"; };
  toggle.addEventListener("click", () => {
    const scheme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = scheme;
    try { localStorage.setItem("theme", scheme); } catch { /* it holds for this page */ }
    show();
  });
  system.addEventListener("change", show);
  show();
  toggle.hidden = false;
}
