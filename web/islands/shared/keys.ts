// Keyboard: / search, c create, j k move, e edit, Enter open, Esc close, ? help, Ctrl+K palette, Ctrl+Enter in a long text sends its form.
// A list marks its rows with data-row; data-open (a link in it) is followed by Enter, data-edit by e.
// A page's main button is [data-create].
import { isTyping } from "./dom";
import { closePanel } from "./overlays";
import { openPalette } from "./palette";

function move(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")].filter((row) => row.offsetParent !== null);
  if (rows.length === 0) return;
  const now = rows.findIndex((row) => row.classList.contains("is-focused"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? 0 : now + step))];
  rows[now]?.classList.remove("is-focused");
  next?.classList.add("is-focused");
  next?.scrollIntoView({ block: "nearest" });
  next?.querySelector<HTMLElement>("[data-open]")?.focus({ preventScroll: true });
}

function press(selector: string): boolean {
  const row = document.querySelector<HTMLElement>("[data-row].is-focused");
  const target = row?.querySelector<HTMLElement>(selector) ?? document.querySelector<HTMLElement>(`#panel ${selector}, #main ${selector}`);
  target?.click();
  return Boolean(target);
}

const actions: Record<string, () => void> = {
  "/": () => {
    const field = document.querySelector<HTMLInputElement>("#main input[type=search]");
    if (field) field.focus();
    else openPalette();
  },
  c: () => document.querySelector<HTMLElement>("[data-create]")?.click(),
  j: () => move(1),
  k: () => move(-1),
  e: () => void press("[data-edit]"),
  "?": () => document.querySelector<HTMLDialogElement>("#shortcuts")?.showModal(),
};

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target instanceof HTMLTextAreaElement && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit();
      return;
    }
    const blocked = document.querySelector("dialog[open]") !== null;
    if (event.key === "Escape" && !blocked) {
      if (!closeMenus() && !isTyping(event.target)) closePanel();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || blocked || isTyping(event.target)) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  // The path tells where a click was even when its target has been replaced meanwhile.
  document.addEventListener("click", (event) => closeMenus(event.composedPath()));
}

// Menus are <details class="menu">; they close when something else is clicked, or by Esc.
function closeMenus(except?: EventTarget[]): boolean {
  let closed = false;
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (except?.includes(menu)) continue;
    menu.open = false;
    if (!except) menu.querySelector<HTMLElement>("summary")?.focus();
    closed = true;
  }
  return closed;
}
