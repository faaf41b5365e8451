// A list: choosing rows, the bar for what is done with several, the choice of columns.
import { t } from "./shared/text";

export function mount(root: HTMLElement): () => void {
  const changed = (event: Event): void => {
    const target = event.target as HTMLInputElement;
    if (target.matches("[data-pick-all]")) for (const box of boxes(root)) box.checked = target.checked;
    if (target.matches("[data-column]")) chooseColumns(target.form);
    showBar(root);
  };
  const click = (event: Event): void => {
    const target = event.target as HTMLElement;
    if (target.closest("[data-pick-none]")) {
      for (const box of boxes(root)) box.checked = false;
      showBar(root);
    }
    const fold = target.closest<HTMLElement>("[data-folds]");
    if (fold) foldGroup(fold);
    openRow(event as MouseEvent, target);
  };
  root.addEventListener("change", changed);
  root.addEventListener("click", click);
  return () => {
    root.removeEventListener("change", changed);
    root.removeEventListener("click", click);
  };
}

function boxes(root: HTMLElement): HTMLInputElement[] {
  return [...root.querySelectorAll<HTMLInputElement>("#list-form [name=id]")];
}

// A click anywhere in a row opens the record in the side panel; with Ctrl its link opens a tab as usual.
function openRow(event: MouseEvent, target: HTMLElement): void {
  if (event.ctrlKey || event.metaKey || target.closest("a, button, input, label, summary")) return;
  if (getSelection()?.toString()) return;
  target.closest<HTMLElement>("tr[data-row], .board-card")?.querySelector<HTMLElement>("[data-open]")?.click();
}

// The rows of a group that was closed come from the server the first time it is opened.
function foldGroup(button: HTMLElement): void {
  const rows = document.getElementById(button.dataset["folds"] ?? "");
  if (!rows) return;
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  rows.hidden = !open;
}

function showBar(root: HTMLElement): void {
  const bar = root.querySelector<HTMLElement>("[data-bulk]");
  if (!bar) return;
  const all = boxes(root);
  const chosen = all.filter((box) => box.checked).length;
  bar.hidden = chosen === 0;
  const count = bar.querySelector("[data-bulk-count]");
  if (count) count.textContent = t("{count} chosen", { count: String(chosen) });
  for (const box of all) box.closest("tr")?.setAttribute("aria-selected", String(box.checked));
  const every = root.querySelector<HTMLInputElement>("[data-pick-all]");
  if (every) {
    every.checked = chosen > 0 && chosen === all.length;
    every.indeterminate = chosen > 0 && chosen < all.length;
  }
}

// Columns stay in the order in which they stood; new ones come last.
function chooseColumns(form: HTMLFormElement | null): void {
  const input = form?.querySelector<HTMLInputElement>("input[name=columns]");
  if (!form || !input) return;
  const wanted = [...form.querySelectorAll<HTMLInputElement>("[data-column]")].filter((box) => box.checked).map((box) => box.value);
  const before = input.value.split(",").filter((key) => key.includes(".") || wanted.includes(key));
  input.value = [...before, ...wanted.filter((key) => !before.includes(key))].join(",");
}
