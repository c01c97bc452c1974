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

  // A figure that is wider than its place is drawn anew for it: titles wrap, numbers that stand at
  // the right of the plot move above their row, and the plot takes what room is left.
  const LETTER = { title: 7.6, subtitle: 6.2 }; // px, about
  const TALLER = 16;
  const LEAST = 110;
  const wrapped = (text, letters) => [text].flat().join(" ").split(" ").reduce((lines, word) => {
    const longer = `${lines.at(-1)} ${word}`.trim();
    return longer.length <= letters ? [...lines.slice(0, -1), longer] : [...lines, word];
  }, [""]).filter(Boolean);
  const narrowed = (wide, room) => {
    const specification = structuredClone(wide);
    const { title } = specification;
    if (title?.text) title.text = wrapped(title.text, room / LETTER.title);
    if (title?.subtitle) title.subtitle = wrapped(title.subtitle, room / LETTER.subtitle);
    specification.config = { ...specification.config, legend: { ...specification.config?.legend, columns: 1 } };
    specification.width = Math.max(LEAST, room - 120);
    let moved = false;
    for (const layer of [specification, ...specification.layer ?? []]) {
      const axis = layer.encoding?.x?.axis;
      if (axis?.title) axis.title = wrapped(axis.title, specification.width / LETTER.subtitle);
      if (layer.mark?.type !== "text" || layer.encoding?.x?.value !== wide.width) continue;
      layer.encoding.x.value = 0;
      Object.assign(layer.mark, { align: "left", dx: 2, dy: -TALLER });
      moved = true;
    }
    if (moved && title?.subtitle) title.subtitle = title.subtitle.map((line) => line.replace("at the right", "above each row"));
    if (moved && specification.height?.step) specification.height.step += TALLER;
    return specification;
  };

  const embed = async (specification) => {
    const place = document.createElement("div");
    await vegaEmbed(place, specification, {
      ast: true, renderer: "svg", actions: false, defaultStyle: false, mode: "vega-lite",
      tooltip: { disableDefaultStyle: true },
      config: { background: "transparent", axis: { labelFlush: false, labelSeparation: 4 } },
    });
    return place;
  };
  const widthOf = (place) => Number(place.querySelector("svg")?.getAttribute("width"));
  const fitted = async (specification, wide, room) => {
    if (!room || wide <= room || typeof specification.width !== "number") return embed(specification);
    const narrow = narrowed(specification, room);
    let place = await embed(narrow);
    for (let tries = 2; tries > 0 && widthOf(place) !== room && narrow.width > LEAST; tries--) {
      narrow.width = Math.max(LEAST, narrow.width + room - widthOf(place));
      place = await embed(narrow);
    }
    return place;
  };

  const draw = async (figure) => {
    const view = figure.querySelector("[data-figure-view]");
    const theme = document.documentElement.dataset.bsTheme;
    const room = view.parentElement.clientWidth;
    figure.dataset.wide ??= widthOf(view) || 0; // as the server drew it
    const colours = palette();
    const text = document.getElementById(figure.dataset.specification).textContent;
    const specification = JSON.parse(text.replace(/#[0-9a-f]{6}\b/gi, (hex) => colours.get(hex.toLowerCase()) ?? hex));
    await ready();
    const place = await fitted(specification, Number(figure.dataset.wide), room);
    const svg = place.querySelector("svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", figure.dataset.alternative);
    place.removeAttribute("role");
    place.removeAttribute("aria-roledescription");
    place.removeAttribute("aria-label");
    view.replaceChildren(place);
    figure.dataset.alive = theme;
    figure.dataset.room = room;
    if (theme !== document.documentElement.dataset.bsTheme) await draw(figure); // it changed meanwhile
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
  let resized = 0;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => {
      for (const figure of seen) {
        const room = figure.querySelector("[data-figure-view]")?.parentElement.clientWidth;
        if (figure.isConnected && figure.dataset.room && room && Number(figure.dataset.room) !== room) safely(figure);
      }
    }, 150);
  });
  addEventListener("rai:theme", () => {
    for (const figure of seen) if (figure.isConnected && figure.dataset.alive) safely(figure);
  });
})();
