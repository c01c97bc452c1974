// Leaves, of the values of all columns, those of the column that was chosen.
(() => {
  const columnOf = (form, follows) => {
    const [kind, name] = follows.split(" ");
    if (kind === "field") return form.elements[name]?.value ?? "";
    const holder = [...form.querySelectorAll("select[data-column]")].find((one) => one.value === name);
    return holder?.dataset.column ?? "";
  };
  const follow = (select) => {
    const groups = [...select.querySelectorAll("optgroup")];
    const empty = select.querySelector("option[value='']");
    const show = () => {
      const before = select.value;
      const column = columnOf(select.form, select.dataset.valuesOf);
      const options = groups.filter((group) => group.label === column)
        .flatMap((group) => [...group.children].map((one) => one.cloneNode(true)));
      select.replaceChildren(...(empty ? [empty] : []), ...options);
      select.value = options.some((one) => one.value === before) ? before : "";
    };
    show();
    select.form.addEventListener("change", (event) => { if (event.target !== select) show(); });
    select.form.addEventListener("reset", () => setTimeout(show));
  };
  // Edges part a sensitive column alone; without a script the field stands there for every role.
  const part = (holder) => {
    const role = [...document.querySelectorAll("select[data-column]")]
      .find((one) => one.dataset.column === holder.dataset.edgesOf);
    const show = () => { holder.hidden = role.value !== "sensitive"; };
    show();
    role.addEventListener("change", show);
    role.form.addEventListener("reset", () => setTimeout(show));
  };
  // After drafts.js has put back what was typed: it fills fields that still hold every value.
  addEventListener("DOMContentLoaded", () => document.querySelectorAll("select[data-values-of]").forEach(follow));
  addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-edges-of]").forEach(part));
})();
