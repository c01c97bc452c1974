// Drafts: what was typed into <form data-draft> outlives a reload, an expired session and a wrong turn.
// Kept in this tab only, never passwords or files, and dropped once the form was accepted.
(() => {
  const prefix = "rai-draft:";
  const kept = (form) => [...form.elements].filter((field) =>
    field.name && field.name !== "csrfmiddlewaretoken" && !["password", "file", "hidden", "submit", "button"].includes(field.type));
  const read = (form) => kept(form).map((field) =>
    [field.name, ["checkbox", "radio"].includes(field.type) ? field.value : null,
      ["checkbox", "radio"].includes(field.type) ? field.checked : field.value]);
  const write = (form, values) => {
    for (const field of kept(form)) {
      const box = ["checkbox", "radio"].includes(field.type);
      const match = values.find(([name, value]) => name === field.name && (!box || value === field.value));
      if (!match) continue;
      if (box) field.checked = match[2]; else field.value = match[2];
    }
  };
  const store = {
    get: (key) => { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
    set: (key, value) => { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full or refused */ } },
    drop: (key) => { try { sessionStorage.removeItem(key); } catch { /* refused */ } },
    keys: () => { try { return Object.keys(sessionStorage).filter((key) => key.startsWith(prefix)); } catch { return []; } },
  };

  addEventListener("DOMContentLoaded", () => {
    const here = prefix + location.pathname;
    const entrance = document.body.classList.contains("entrance");
    for (const key of store.keys()) if (key !== here && !entrance && store.get(key)?.sent) store.drop(key);
    for (const form of document.querySelectorAll("form[data-draft]")) {
      const draft = store.get(here);
      if (draft && !form.querySelector("[aria-invalid=true]") && !document.querySelector(".error-summary")) {
        const before = JSON.stringify(read(form));
        write(form, draft.values);
        const notice = form.querySelector("[data-draft-notice]");
        if (notice && JSON.stringify(read(form)) !== before) {
          notice.hidden = false;
          notice.querySelector("button").addEventListener("click", () => { store.drop(here); form.reset(); notice.hidden = true; });
        }
      }
      form.addEventListener("input", () => store.set(here, { values: read(form), sent: false }));
      form.addEventListener("submit", () => store.set(here, { values: read(form), sent: true }));
    }
  });
})();
