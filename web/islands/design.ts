// A designer page: every act becomes operations on the draft, sent one after the other; the answer is the page's work, drawn again.
//   data-act='{…}'      a click does the act (builder/acts)         data-go="made"   then opens what was made
//   data-set="path"     a change of the input sets the value there  data-cast="integer|number|boolean|default|type"
//   data-set-act='{…}'  the act with the input's value as `value`; on a condition too
//   data-set-tree       a condition built inside is set there       data-set-list    ticked boxes of one name make a list
//   data-visit          a link inside the designer                  data-list, data-path, data-palette-list: see sortable.ts
import { startChips, startPasting } from "./design/automations";
import { startFormulas } from "./design/formula";
import { startMoving } from "./design/keyboard";
import { Operations } from "./design/operations";
import { startRegions } from "./design/regions";
import { searchPalette, startSorting } from "./design/sortable";
import { watchInputs } from "./design/inputs";
import { ask } from "./shared/overlays";
import { t } from "./shared/text";

export function mount(root: HTMLElement, options: { app: string }): void {
  const operations = new Operations(root, options.app, drawn);

  function drawn(): void {
    void startTiles(root, operations);
    startSorting(root, operations);
    startFormulas(root);
    showPicked(root);
  }

  document.addEventListener("click", (event) => void clicked(event, operations));
  watchInputs(operations);
  startChips(root);
  startPasting(root, operations);
  startMoving(root, operations);
  startRegions(root);
  root.addEventListener("input", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.dataset["paletteSearch"] !== undefined) searchPalette(input);
  });
  addEventListener("popstate", () => void operations.show(location.pathname + location.search, false));
  drawn();
  for (const here of root.querySelectorAll(".design-nav [aria-current=page], [aria-current=true]")) here.scrollIntoView({ block: "nearest", inline: "center" });
  showPicked(root);
}

// On phones the properties lie over the lower part of the page: what they are about stays in sight above them.
function showPicked(root: HTMLElement): void {
  const sheet = root.querySelector<HTMLElement>(".design-panel.is-picked");
  const picked = root.querySelector<HTMLElement>(".design-canvas .is-picked");
  if (!sheet || !picked || getComputedStyle(sheet).position !== "fixed") return;
  const [bar, place] = [root.querySelector(".design-bar")?.getBoundingClientRect().bottom ?? 0, picked.getBoundingClientRect()];
  const isSeen = place.top >= bar && Math.min(place.bottom, place.top + 60) <= sheet.getBoundingClientRect().top;
  if (!isSeen) scrollBy({ top: place.top - bar - 4 }); // what stands before is hidden whole
}

// The grid of dashboards is loaded where there is one; then at once with each drawing.
let tiles: typeof import("./design/dashboard") | null = null;
async function startTiles(root: HTMLElement, operations: Operations): Promise<void> {
  if (!root.querySelector("[data-tile-grid]")) return;
  tiles ??= await import("./design/dashboard");
  tiles.startGrid(root, operations);
}

async function clicked(event: MouseEvent, operations: Operations): Promise<void> {
  const target = event.target as HTMLElement;
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey) return;
  const link = target.closest<HTMLAnchorElement>("a[data-visit]");
  if (link) {
    event.preventDefault();
    await operations.visit(link.pathname + link.search);
    return;
  }
  if (target.closest("[data-undo]")) return operations.step("undo");
  if (target.closest("[data-redo]")) return operations.step("redo");
  const phone = target.closest<HTMLElement>("[data-phone-toggle]");
  if (phone) {
    const on = operations.root.toggleAttribute("data-phone");
    phone.setAttribute("aria-pressed", String(on));
    return;
  }
  const source = target.closest<HTMLElement>("[data-act]");
  const pressed = target.closest("button");
  if (!source || !pressed || !source.contains(pressed)) return;
  source.closest("details.menu")?.removeAttribute("open");
  if (source.dataset["sure"] && !(await isSure(source, operations.app))) return;
  const act = JSON.parse(source.dataset["act"] ?? "{}") as Record<string, unknown>;
  await operations.send([source.matches("li") ? placed(act, operations.root) : act], {
    leave: source.dataset["leave"],
    made: source.dataset["go"] === "made",
    stay: source.dataset["stay"] !== undefined,
    isNew: String(act["op"]).startsWith("new_"),
    focus: source.dataset["choiceAdd"] !== undefined ? "[data-last-choice]" : undefined,
  });
}

// What is added by a click goes behind the picked item, or to the end.
function placed(act: Record<string, unknown>, root: HTMLElement): Record<string, unknown> {
  const picked = root.querySelector<HTMLElement>("[data-drop] > .is-picked");
  const section = root.querySelector<HTMLElement>(".canvas-section.is-picked [data-drop]");
  const page = [...root.querySelectorAll<HTMLElement>(".canvas-page.is-picked [data-drop]")].at(-1);
  const list = picked?.parentElement ?? section ?? page ?? [...root.querySelectorAll<HTMLElement>("[data-drop]")].at(-1);
  if (!list) return act;
  return { ...act, list: list.dataset["list"], ...(picked ? { after: picked.dataset["key"] } : {}) };
}

async function isSure(source: HTMLElement, app: string): Promise<boolean> {
  let text = source.dataset["sure"] ?? "";
  if (source.dataset["uses"]) {
    const answer = await fetch(`${app}/uses/${source.dataset["uses"]}`, { headers: { Accept: "application/json" } }).catch(() => null);
    const uses = answer?.ok ? ((await answer.json()) as { uses: string[] }).uses : [];
    const told = t("Used by: {names}.", { names: uses.slice(0, 12).join(", ") });
    if (uses.length) text += ` ${told}`;
  }
  return ask({ text, action: t("Delete"), danger: true });
}

