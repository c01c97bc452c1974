// Figures come alive: the server's SVG stands first, Vega takes over when the figure comes into view.
// The libraries are loaded then, once. Expressions are interpreted, never compiled: the page's policy forbids eval.
(() => {
  const libraries = ["vega", "vegaLite", "vegaEmbed"].map((name) => document.currentScript.dataset[name]);
  const names = document.currentScript.dataset.palette.split(" ");
  const seen = new Set();
  let loading = null;

  const load = (address) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  const ready = () => (loading ??= libraries.reduce((before, address) => before.then(() => load(address)), Promise.resolve()));

  // Specifications carry the light tokens' colours; here they become those of the theme shown.
  const palette = () => {
    const light = document.createElement("i");
    light.dataset.bsTheme = "light";
    light.hidden = true;
    document.body.append(light);
    const [from, to] = [getComputedStyle(light), getComputedStyle(document.documentElement)];
    const pairs = names.map((name) => [from.getPropertyValue(name).trim().toLowerCase(), to.getPropertyValue(name).trim()]);
    light.remove();
    return new Map(pairs.reverse()); // the first name of a colour wins
  };

  const draw = async (figure) => {
    const view = figure.querySelector("[data-figure-view]");
    const colours = palette();
    const text = document.getElementById(figure.dataset.specification).textContent;
    const specification = JSON.parse(text.replace(/#[0-9a-f]{6}\b/gi, (hex) => colours.get(hex.toLowerCase()) ?? hex));
    await ready();
    const place = document.createElement("div");
    const options = {
      ast: true, renderer: "svg", actions: false, defaultStyle: false, mode: "vega-lite",
      tooltip: { disableDefaultStyle: true }, config: { background: "transparent" },
    };
    await vegaEmbed(place, specification, options);
    const svg = place.querySelector("svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", figure.dataset.alternative);
    place.removeAttribute("role");
    place.removeAttribute("aria-roledescription");
    place.removeAttribute("aria-label");
    view.replaceChildren(place);
    figure.dataset.alive = document.documentElement.dataset.bsTheme;
  };
  const safely = (figure) => draw(figure).catch((reason) => {
    figure.dataset.alive = "failed"; // the server's drawing and the table stay
    console.warn(`The figure ${figure.id} stays still: ${reason}`);
  });

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((item) => item.isIntersecting)) {
      watcher.unobserve(entry.target);
      safely(entry.target);
    }
  }, { rootMargin: "200px" });
  const find = (part) => {
    for (const figure of part.querySelectorAll("figure[data-specification]")) {
      if (!seen.has(figure)) { seen.add(figure); watcher.observe(figure); }
    }
  };
  addEventListener("DOMContentLoaded", () => find(document));
  document.addEventListener("htmx:load", (event) => find(event.target));
  addEventListener("rai:theme", () => {
    for (const figure of seen) if (figure.isConnected && figure.dataset.alive) safely(figure);
  });
})();
