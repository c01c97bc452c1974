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
  // After drafts.js has put back what was typed: it fills fields that still hold every value.
  addEventListener("DOMContentLoaded", () => document.querySelectorAll("select[data-values-of]").forEach(follow));
})();
