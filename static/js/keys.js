// Keyboard: "/" and Ctrl K focus the search, "?" lists the keys, j and k move through the rows of a list.
(() => {
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
  const rows = () => [...document.querySelectorAll("main table[data-rows] tbody tr, main [data-row]")]
    .map((row) => row.querySelector("a[href]")).filter(Boolean);

  const move = (step) => {
    const links = rows();
    if (!links.length) return;
    const row = document.activeElement.closest("tr, [data-row]");
    const now = links.findIndex((link) => row?.contains(link));
    const next = links[Math.min(Math.max(now + step, 0), links.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const search = () => {
    const box = document.querySelector("form[role=search] input");
    box?.focus();
    box?.select();
  };
  const acts = {
    "/": search,
    "?": () => document.querySelector("dialog.keys")?.showModal(),
    j: () => move(1),
    k: () => move(-1),
  };

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      search();
      return;
    }
    if (event.key === "Escape") {
      for (const open of document.querySelectorAll("details.chip-menu[open], details.confirm[open]")) {
        open.open = false;
        if (open.contains(document.activeElement)) open.querySelector("summary").focus();
      }
      if (document.activeElement.matches(".term")) document.activeElement.blur();
      return;
    }
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.chip-menu[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
})();
