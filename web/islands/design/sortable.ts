// Dragging: lists (data-list = path of the list) of things (data-path, data-key), and palettes whose items are acts.
import Sortable from "sortablejs";
import { type Act, type Operations } from "./operations";

const made = new WeakMap<HTMLElement, Sortable>();

export function startSorting(root: HTMLElement, operations: Operations): void {
  for (const palette of root.querySelectorAll<HTMLElement>("[data-palette-list]")) {
    if (made.has(palette)) continue;
    made.set(palette, Sortable.create(palette, { ...shared, group: { name: "palette", pull: "clone", put: false }, sort: false, draggable: "li[data-act]" }));
  }
  for (const list of root.querySelectorAll<HTMLElement>("[data-list]")) {
    if (made.has(list)) continue;
    const name = list.dataset["group"] ?? "";
    const put = list.dataset["drop"] !== undefined ? [name, "palette"] : [name];
    const sortable = Sortable.create(list, {
      ...shared,
      group: { name, pull: true, put },
      draggable: "[data-path]",
      ...(["sections", "choices", "form-pages", "panel-columns", "form-order", "related"].includes(name) ? { handle: ".drag-handle" } : {}),
      onAdd: (event) => void dropped(event.item, list, operations),
      onUpdate: (event) => void dropped(event.item, list, operations),
    });
    made.set(list, sortable);
  }
}

const shared: Sortable.Options = {
  animation: 120,
  delay: 150,
  delayOnTouchOnly: true,
  ghostClass: "is-ghost",
  chosenClass: "is-chosen",
  filter: "button.icon-button, input, select",
  preventOnFilter: false,
  fallbackTolerance: 4,
};

// Where a thing stands now, as operations say it.
export function behind(item: HTMLElement): string | null {
  let before = item.previousElementSibling as HTMLElement | null;
  while (before && before.dataset["key"] === undefined) before = before.previousElementSibling as HTMLElement | null;
  return before?.dataset["key"] ?? null;
}

export async function dropped(item: HTMLElement, list: HTMLElement, operations: Operations): Promise<void> {
  const after = behind(item);
  if (item.dataset["act"]) {
    const act = { ...(JSON.parse(item.dataset["act"]) as Act), list: list.dataset["list"], after };
    item.remove();
    return operations.send([act], { isNew: true });
  }
  const how = JSON.parse(list.dataset["place"] ?? "{}") as Act; // lists with an act of their own for carrying things in them
  await operations.send([{ op: "place", path: item.dataset["path"], list: list.dataset["list"], after, ...how }], { stay: list.dataset["group"] === "choices" || list.dataset["stay"] !== undefined });
}

export function searchPalette(input: HTMLInputElement): void {
  const text = input.value.trim().toLowerCase();
  for (const group of input.parentElement?.querySelectorAll<HTMLElement>("[data-palette-group]") ?? []) {
    let shown = 0;
    for (const item of group.querySelectorAll<HTMLElement>("[data-words]")) {
      item.hidden = text !== "" && !(item.dataset["words"] ?? "").toLowerCase().includes(text);
      if (!item.hidden) shown += 1;
    }
    group.hidden = shown === 0;
  }
}
