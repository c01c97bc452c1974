// Uploads show progress. Without this script the same form is sent plainly.
(() => {
  const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  const send = (form, submitter) => {
    const bar = form.querySelector("progress");
    const say = form.querySelector("[data-upload-state]");
    const request = new XMLHttpRequest();
    const end = (sentence) => {
      bar.hidden = true;
      say.textContent = sentence;
      for (const button of form.querySelectorAll("button")) button.disabled = false;
      delete form.dataset.sending;
    };
    request.open("POST", form.action || location.href);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = event.loaded / event.total;
      say.textContent = event.loaded < event.total
        ? `${size(event.loaded)} of ${size(event.total)} sent`
        : "Sent. The portal reads the file now.";
    });
    request.addEventListener("load", () => {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const answer = page.querySelector("main");
      if (!answer) { end("The upload failed and nothing was kept. Try again; if it fails again, tell your administrator."); return; }
      // The answer is shown as it came: asking for it again would lose its notices.
      delete form.dataset.sending;
      if (request.responseURL && request.responseURL !== location.href) history.pushState({}, "", request.responseURL);
      document.title = page.title;
      document.querySelector("main").replaceWith(answer);
      const menu = page.querySelector("#menu");
      if (menu) document.querySelector("#menu")?.replaceWith(menu);
      if (window.htmx) window.htmx.process(answer);
      answer.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
      (answer.querySelector("[autofocus]") ?? answer).focus();
      scrollTo(0, 0);
    });
    request.addEventListener("error", () => end("The connection was lost and nothing was kept. Send the file again."));
    request.addEventListener("abort", () => end("You stopped the upload; nothing was kept."));
    // Read before the buttons go grey: a disabled submitter would not be sent.
    const data = submitter ? new FormData(form, submitter) : new FormData(form);
    bar.hidden = false;
    bar.value = 0;
    form.dataset.sending = "yes";
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    request.send(data);
  };

  addEventListener("popstate", () => location.reload());
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-upload]") || form.dataset.sending) return;
    const files = [...form.querySelectorAll("input[type=file]")].filter((input) => input.files.length);
    if (!files.length) return;
    event.preventDefault();
    send(form, event.submitter);
  });
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-sending]")) event.preventDefault();
  });
})();
