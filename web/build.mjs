// Bundles the front end into web/static/dist: the frame's script, one module for each island, the styles, the icons.
//   web/islands/main.ts      loaded by every page          web/islands/theme.ts   loaded first, before anything is drawn
//   web/islands/NAME.ts      an island: loaded where a page has data-island="NAME"
//   web/islands/shared/*.ts  what islands share
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import esbuild from "esbuild";

const web = dirname(fileURLToPath(import.meta.url));
const root = dirname(web);
const dist = join(web, "static", "dist");
const outline = join(root, "node_modules", "@tabler", "icons", "icons", "outline");

function* walk(folder, ending) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !["dist", "node_modules", "translations", "__pycache__"].includes(entry.name)) yield* walk(path, ending);
    else if (entry.isFile() && ending.some((end) => path.endsWith(end))) yield path;
  }
}

const islandFiles = readdirSync(join(web, "islands"))
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
  .sort();

async function bundle() {
  const common = {
    bundle: true,
    minify: true,
    sourcemap: false,
    outdir: dist,
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    assetNames: "[name]-[hash]",
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
  };
  const theme = await esbuild.build({ ...common, entryPoints: [join(web, "islands", "theme.ts")], format: "iife", target: "es2020" });
  const modules = await esbuild.build({
    ...common,
    entryPoints: islandFiles.filter((name) => name !== "theme.ts").map((name) => join(web, "islands", name)),
    format: "esm",
    splitting: true,
    target: "es2022",
  });
  const styles = await esbuild.build({
    ...common,
    entryPoints: [join(web, "styles", "main.css")],
    loader: { ".woff2": "file", ".woff": "file", ".ttf": "file", ".svg": "dataurl", ".png": "file" },
    target: ["chrome112", "firefox113", "safari16.2"],
  });
  const files = {};
  for (const { metafile } of [theme, modules, styles]) {
    for (const [path, output] of Object.entries(metafile.outputs)) {
      if (!output.entryPoint) continue;
      files[basename(output.entryPoint, extname(output.entryPoint)) + extname(path)] = basename(path);
    }
  }
  return files;
}

// Every word in the sources that is the name of an icon is taken to be one; the list for people to choose from is kept apart.
function usedIcons() {
  const known = new Set(readdirSync(outline).map((name) => name.slice(0, -4)));
  const used = new Set(readFileSync(join(web, "styles", "icons.txt"), "utf8").split(/\s+/).filter(Boolean));
  const sources = [
    ...walk(join(web, "templates"), [".html"]),
    ...walk(join(web, "islands"), [".ts"]),
    ...walk(web, [".py"]),
    ...walk(join(root, "builder"), [".py"]),
    ...walk(join(root, "runtime"), [".py"]),
    ...walk(join(root, "templates_library"), [".json"]),
  ];
  for (const path of sources) {
    for (const [, word] of readFileSync(path, "utf8").matchAll(/["']([a-z][a-z0-9-]{0,40})["']/g)) used.add(word);
  }
  return [...used].filter((name) => known.has(name)).sort();
}

function sprite(names) {
  const symbols = names.map((name) => {
    const inner = readFileSync(join(outline, `${name}.svg`), "utf8")
      .replace(/<!--[\s\S]*?-->/g, "")
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
  });
  const text = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
  const name = `icons-${createHash("sha256").update(text).digest("hex").slice(0, 10)}.svg`;
  writeFileSync(join(dist, name), text);
  return name;
}

// Files of earlier builds stay for a day: pages that are open now still ask for them.
function sweep() {
  for (const path of walk(dist, [""])) {
    if (Date.now() - statSync(path).mtimeMs > 24 * 3600 * 1000) rmSync(path);
  }
}

function compress() {
  for (const path of walk(dist, [".js", ".css", ".svg"])) {
    const content = readFileSync(path);
    if (content.length < 1024 || existsSync(`${path}.br`)) continue;
    // Browsers ask for brotli only over https.
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
  }
}

mkdirSync(dist, { recursive: true });
sweep();
const files = await bundle();
const icons = usedIcons();
files["icons.svg"] = sprite(icons);
const islands = Object.fromEntries(
  islandFiles
    .map((name) => name.slice(0, -3))
    .filter((name) => !["main", "theme"].includes(name))
    .map((name) => [name, `/assets/${files[`${name}.js`]}`]),
);
compress();
writeFileSync(join(dist, "manifest.json"), `${JSON.stringify({ files, islands, icons }, null, 1)}\n`);
console.log(`built ${Object.keys(files).length} files, ${Object.keys(islands).length} islands, ${icons.length} icons into ${relative(root, dist)}`);
