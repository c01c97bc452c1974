// Copies the third-party files that pages load from node_modules/ to dist/, without their source maps.
// Run by Node after `npm ci`; dist/ is made anew each time and is not kept in git.
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const target = join(here, "dist");

const files = [
  "@tabler/core/dist/css/tabler.min.css",
  "@tabler/core/dist/js/tabler.min.js",
  "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
  "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
  "htmx.org/dist/htmx.min.js",
  "vega/build/vega.min.js",
  "vega-lite/build/vega-lite.min.js",
  "vega-embed/build/vega-embed.min.js", // carries the expression interpreter that the policy needs
];

// A reference to a source map that is not served would stop the hashing of file names.
const sourceMap = /^(?:\/\/# sourceMappingURL=.*|\/\*# sourceMappingURL=.*?\*\/)\s*$/gm;

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
for (const file of files) {
  const from = join(modules, file);
  const to = join(target, basename(file));
  if (/\.(css|js)$/.test(file)) {
    await writeFile(to, (await readFile(from, "utf8")).replace(sourceMap, ""));
  } else {
    await copyFile(from, to);
  }
}

// The charts' schema minor is one decision for page and document: fail here, not in a reader's browser.
const { version } = JSON.parse(await readFile(join(modules, "vega-lite/package.json"), "utf8"));
if (!version.startsWith("6.4.")) {
  throw new Error(`vega-lite ${version} is installed; the chart specifications are written for 6.4.`);
}
console.log(`dist/ holds ${files.length} files.`);
