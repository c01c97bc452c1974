// Moments in the reader's own zone. The server writes UTC and says so; this turns it, and names the zone.
(() => {
  const two = (number) => String(number).padStart(2, "0");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const turn = (part) => {
    for (const element of part.querySelectorAll("time[data-moment]:not([data-turned])")) {
      const at = new Date(element.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
      element.textContent = `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
      element.title = `${zone}; ${element.dateTime} in UTC`;
      element.dataset.turned = "yes";
    }
  };
  addEventListener("DOMContentLoaded", () => turn(document));
  document.addEventListener("htmx:load", (event) => turn(event.target));
})();
