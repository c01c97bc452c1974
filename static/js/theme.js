// Theme: the reader's system decides unless a choice was kept. Loaded in <head>, so that no page flashes.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  root.classList.add("js");
  let choice = "system";
  try { choice = localStorage.getItem("rai-theme") ?? "system"; } catch { /* storage refused: follow the system */ }
  const apply = () => {
    const theme = choice === "system" ? (system.matches ? "dark" : "light") : choice;
    if (root.dataset.bsTheme === theme) return;
    root.dataset.bsTheme = theme;
    dispatchEvent(new CustomEvent("rai:theme", { detail: theme }));
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("DOMContentLoaded", () => {
    for (const select of document.querySelectorAll("[data-theme-switch]")) {
      select.value = choice;
      select.addEventListener("change", () => {
        choice = select.value;
        try { localStorage.setItem("rai-theme", choice); } catch { /* not kept, still applied */ }
        apply();
      });
    }
  });
})();
