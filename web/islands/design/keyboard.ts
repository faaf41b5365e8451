// The same with keys: Alt+arrows move what has the focus, Delete takes it away, Ctrl+Z and Ctrl+Shift+Z.
import { isTyping } from "../shared/dom";
import { type Operations } from "./operations";
import { dropped } from "./sortable";

export function startMoving(root: HTMLElement, operations: Operations): void {
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target)) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      void operations.step(event.shiftKey ? "redo" : "undo");
      return;
    }
    const item = (event.target as HTMLElement).closest<HTMLElement>("[data-path]");
    if (!item || !root.contains(item)) return;
    if (item.parentElement?.dataset["tileGrid"] !== undefined && nudge(item, event, operations)) return;
    const lies = item.parentElement?.dataset["across"] !== undefined; // a list whose items stand side by side
    const [back, on] = lies ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.altKey && (event.key === back || event.key === on)) {
      event.preventDefault();
      move(root, item, event.key === on ? 1 : -1, operations);
    } else if (event.key === "Delete") {
      event.preventDefault();
      item.querySelector<HTMLElement>(":scope > .row-tools [data-delete], :scope > .field-row > .row-tools [data-delete], :scope > .canvas-section-head [data-delete]")?.click();
    }
  });
}

// A tile goes one step, with Shift it becomes larger or smaller.
function nudge(item: HTMLElement, event: KeyboardEvent, operations: Operations): boolean {
  const way = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (!event.altKey || !way) return false;
  event.preventDefault();
  void operations.send([{ op: "nudge_tile", path: item.dataset["path"], way, resize: event.shiftKey }], { stay: true });
  return true;
}

function move(root: HTMLElement, item: HTMLElement, way: 1 | -1, operations: Operations): void {
  const list = item.parentElement as HTMLElement;
  const siblings = [...list.children].filter((each): each is HTMLElement => each instanceof HTMLElement && each.dataset["path"] !== undefined);
  const next = siblings[siblings.indexOf(item) + way];
  let target = list;
  if (next) {
    if (way === 1) next.after(item);
    else next.before(item);
  } else {
    // At the end of a section the way goes on in the next one.
    const lists = [...root.querySelectorAll<HTMLElement>(`[data-list][data-group="${list.dataset["group"]}"]`)];
    const other = lists[lists.indexOf(list) + way];
    if (!other || item.contains(other)) return;
    target = other;
    if (way === 1) other.prepend(item);
    else other.append(item);
  }
  const link = item.querySelector<HTMLElement>("a[id], button.drag-handle[id]");
  link?.focus();
  const key = item.dataset["key"] ?? "";
  void dropped(item, target, operations).then(() => {
    const moved = [...root.querySelectorAll<HTMLElement>("[data-path]")].find((each) => each.dataset["key"] === key && each.parentElement?.dataset["list"] === target.dataset["list"]);
    moved?.querySelector<HTMLElement>("a[id], button.drag-handle[id]")?.focus();
  });
}
