// The grid of a dashboard: tiles are dragged and resized, new ones come from the palette; the keys are in keyboard.ts.
import { GridStack, type GridStackNode } from "gridstack";
import { type Operations } from "./operations";

// What the page says of the grid: data-tile-grid = path of the dashboard; its tiles have data-path, data-key and their place as
// data-x, data-y, data-w, data-h; cards of the palette have data-tile-type and hold the button that adds one without dragging.

const CELL = 76;
const phone = matchMedia("(max-width: 767px)");
let grid: GridStack | null = null;
let watched = false;

export function startGrid(root: HTMLElement, operations: Operations): void {
  const place = root.querySelector<HTMLElement>("[data-tile-grid]");
  if (!place || place.classList.contains("is-ready")) return;
  grid?.destroy(false);
  const board = place.dataset["tileGrid"] ?? "";
  const made = GridStack.init({ column: 12, cellHeight: CELL, margin: 7, acceptWidgets: "[data-tile-type]", animate: false, handle: ".tile-pick", resizable: { handles: "se" }, minRow: 4, staticGrid: isPhone(root) }, place);
  if (!made) return;
  grid = made;
  if (!watched) watch(root);
  place.classList.add("is-ready");
  let dropping = false;
  made.on("dragstart resizestart", () => root.classList.add("is-dragging"));
  made.on("dropped", (_event: Event, _before: GridStackNode | undefined, now: GridStackNode) => {
    dropping = true;
    const act = { op: "new_tile", path: board, type: now.el?.dataset["tileType"], x: now.x ?? 0, y: now.y ?? 0 };
    if (now.el) made.removeWidget(now.el, true, false);
    void operations.send([act], { isNew: true });
  });
  made.on("change", () => {
    if (dropping) return;
    const places = placesOf(made);
    if (Object.keys(places).length) void operations.send([{ op: "place_tile", path: board, places }], { still: true });
  });
  made.on("dragstop resizestop", () => setTimeout(() => root.classList.remove("is-dragging"), 0));
  for (const card of root.querySelectorAll<HTMLElement>("[data-tile-palette] [data-tile-type]")) GridStack.getDD().dragIn(card, { appendTo: "body", helper: "clone" });
}

// Where tiles lie now, of those that do not lie where the page said; it says so from now on.
function placesOf(made: GridStack): Record<string, object> {
  const found: Record<string, object> = {};
  for (const node of made.engine.nodes) {
    const item = node.el;
    const key = item?.dataset["key"];
    if (!item || !key) continue;
    const now = { x: node.x ?? 0, y: node.y ?? 0, w: node.w ?? 1, h: node.h ?? 1 };
    if (Object.entries(now).every(([name, value]) => Number(item.dataset[name]) === value)) continue;
    found[key] = now;
    for (const [name, value] of Object.entries(now)) item.dataset[name] = String(value);
  }
  return found;
}

function isPhone(root: HTMLElement): boolean {
  return phone.matches || root.hasAttribute("data-phone");
}

// A phone shows one tile below the other: nothing is dragged there.
function watch(root: HTMLElement): void {
  watched = true;
  const set = (): void => void grid?.setStatic(isPhone(root));
  new MutationObserver(set).observe(root, { attributes: true, attributeFilter: ["data-phone"] });
  phone.addEventListener("change", set);
  root.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    if (target.matches("[data-tile-type]")) target.querySelector("button")?.click();
  });
}
