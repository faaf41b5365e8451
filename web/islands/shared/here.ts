// What can be done on the page itself, for the command palette: its buttons, links and inputs by the names that are read out.
export interface Doing {
  text: string;
  note: string;
  picture: string;
  act: () => void;
}

interface Searchable extends HTMLSelectElement {
  tomselect?: { focus: () => void; control_input: HTMLElement };
}

// Rows and cards say more than their name.
const HEAD = ".field-row-name, .nav-text, .flow-title, strong";
const CONTROLS = "a[href], button, summary, select, textarea, input:not([type=hidden]), [contenteditable=true]";

// `typed`: words that all have to occur. The best first: the same name, one that begins so, one that holds the words.
export function doings(typed: string, most: number): Doing[] {
  const text = typed.trim().toLowerCase();
  if (!text) return [];
  const words = text.split(/\s+/);
  const found = new Map<string, { doing: Doing; rank: number }>();
  for (const { each, name, note } of controls()) {
    const whole = `${name} ${note} ${around(each)}`.toLowerCase();
    if (!words.every((word) => whole.includes(word))) continue;
    const key = `${name}\n${note}`;
    if (!found.has(key)) found.set(key, { doing: { text: name, note, picture: pictureOf(each), act: () => reachNow(each, name, note) }, rank: rankOf(name.toLowerCase(), text) });
  }
  return [...found.values()].sort((one, other) => one.rank - other.rank).slice(0, most).map((each) => each.doing);
}

function* controls(): Generator<{ each: HTMLElement; name: string; note: string }> {
  for (const each of places().flatMap((root) => [...root.querySelectorAll<HTMLElement>(CONTROLS)])) {
    const name = nameOf(each);
    if (name && canBeReached(each)) yield { each, name, note: zoneOf(each) };
  }
}

// The page may have been drawn anew since the list was made: then it is the one of the same name at the same place.
function reachNow(each: HTMLElement, name: string, note: string): void {
  const now = each.isConnected ? each : [...controls()].find((one) => one.name === name && one.note === note)?.each;
  if (now) reach(now);
}

// An open dialog is all there is; else the side panel and the page.
function places(): HTMLElement[] {
  const dialogs = document.querySelectorAll<HTMLElement>("dialog[open]:not(#palette)");
  const last = dialogs[dialogs.length - 1];
  if (last) return [last];
  const page = document.querySelector<HTMLElement>("#design") ?? document.querySelector<HTMLElement>("#main");
  return [document.querySelector<HTMLElement>("#panel.is-open"), page].filter((each) => each !== null);
}

function rankOf(name: string, text: string): number {
  return name === text ? 0 : name.startsWith(text) ? 1 : 2;
}

function nameOf(each: HTMLElement): string {
  const said = each.getAttribute("aria-label") ?? (each as Searchable).tomselect?.control_input.getAttribute("aria-label") ?? labelOf(each);
  const label = said ?? (each as HTMLInputElement).labels?.[0]?.textContent ?? (each.matches("input, select, textarea") ? each.getAttribute("placeholder") : (each.querySelector(HEAD) ?? each).textContent);
  return (label ?? "").replace(/\s+/g, " ").trim();
}

// What stands for a text area, an editor, has its label by reference.
function labelOf(each: HTMLElement): string | undefined {
  return each.isContentEditable ? document.getElementById(each.getAttribute("aria-labelledby") ?? "")?.textContent ?? "" : undefined;
}

// Where it stands: the menu, group or region around it.
function zoneOf(each: HTMLElement): string {
  const menu = each.matches("summary") ? null : each.closest<HTMLElement>("details.menu");
  const head = menu?.querySelector<HTMLElement>(":scope > summary");
  if (head) return nameOf(head);
  const group = each.closest<HTMLElement>("fieldset")?.querySelector("legend")?.textContent?.trim();
  return group ?? each.parentElement?.closest<HTMLElement>("[aria-label]")?.getAttribute("aria-label") ?? "";
}

// The names of all regions around it.
function around(each: HTMLElement): string {
  let text = "";
  for (let place = each.parentElement; place; place = place.parentElement) text += ` ${place.getAttribute("aria-label") ?? ""}`;
  return text;
}

// What lies in a folded part can be reached too: the part opens.
function canBeReached(each: HTMLElement): boolean {
  if ((each as HTMLButtonElement).disabled || each.closest("[inert], [hidden]")) return false;
  if (each.matches("select.tomselected")) return true;
  if (each.closest(".ts-wrapper")) return false;
  const fold = each.parentElement?.closest<HTMLElement>("details:not([open])");
  if (fold && !(each.matches("summary") && each.parentElement === fold)) return fold.checkVisibility();
  return each.checkVisibility();
}

function pictureOf(each: HTMLElement): string {
  const own = each.querySelector("use")?.getAttribute("href")?.split("#")[1];
  return own ?? (each.matches("input, select, textarea, [contenteditable]") ? "pencil" : "arrow-right");
}

function reach(each: HTMLElement): void {
  const searchable = (each as Searchable).tomselect;
  const folds = [...document.querySelectorAll<HTMLDetailsElement>("details:not(.menu):not([open])")].filter((fold) => fold.contains(each) && fold !== each.parentElement);
  for (const fold of folds) fold.open = true;
  each.scrollIntoView({ block: "nearest" });
  if (searchable) return searchable.focus();
  each.focus();
  if (each.matches("input[type=checkbox], input[type=radio], a, button, summary")) each.click();
  else if (each instanceof HTMLInputElement || each instanceof HTMLTextAreaElement) each.select();
}
