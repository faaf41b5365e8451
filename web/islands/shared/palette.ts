// The command palette: Ctrl+K. What can be done on this page comes first and at once (here.ts); the rest of the list is made by
// the server (/palette), which knows what this person may open.
import { element, icon } from "./dom";
import { type Doing, doings } from "./here";
import { t } from "./text";

const HERE_AT_MOST = 8;

let latest = 0;

export function openPalette(): void {
  const dialog = document.querySelector<HTMLDialogElement>("#palette");
  const input = dialog?.querySelector<HTMLInputElement>("input");
  if (!dialog || !input || dialog.open) return;
  dialog.showModal();
  input.value = "";
  input.focus();
  showHere("");
  void search("");
}

async function search(text: string): Promise<void> {
  const list = document.querySelector<HTMLElement>("#palette-list");
  if (!list) return;
  const turn = latest;
  const answer = await fetch(`/palette?q=${encodeURIComponent(text)}`, { headers: { "HX-Request": "true" } });
  if (turn !== latest) return;
  if (!answer.ok) {
    list.textContent = t("The search does not answer just now.");
    return;
  }
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (turn !== latest) return;
  const here = list.querySelectorAll("[data-here]");
  const now = Math.max(0, items().findIndex((item) => item.getAttribute("aria-selected") === "true"));
  const found = [...parsed.body.childNodes].filter((each) => !(here.length && each instanceof HTMLElement && each.matches(".palette-empty")));
  list.replaceChildren(...here, ...found);
  choose(here.length ? now : 0);
}

// What can be done on this page is there before the server answers.
function showHere(text: string): void {
  latest += 1;
  const found = doings(text, HERE_AT_MOST);
  const list = document.querySelector<HTMLElement>("#palette-list");
  if (!list) return;
  for (const old of list.querySelectorAll("[data-here]")) old.remove();
  if (found.length === 0) return;
  list.replaceChildren(element("div", { class: "palette-heading", role: "presentation", "data-here": "" }, t("On this page")), ...found.map(lineOf));
  choose(0);
}

function lineOf(each: Doing, number: number): HTMLElement {
  const made = element("a", { class: "palette-item", role: "option", id: `palette-here-${number}`, tabindex: "-1", "data-here": "" }, icon(each.picture), element("span", {}, each.text));
  if (each.note) made.append(element("span", { class: "note" }, each.note));
  made.addEventListener("click", () => {
    document.querySelector<HTMLDialogElement>("#palette")?.close();
    each.act();
  });
  return made;
}

const items = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("#palette-list .palette-item")];

function choose(index: number): void {
  const all = items();
  const input = document.querySelector<HTMLInputElement>("#palette input");
  all.forEach((item, place) => item.setAttribute("aria-selected", String(place === index)));
  const chosen = all[index];
  if (chosen) input?.setAttribute("aria-activedescendant", chosen.id);
  else input?.removeAttribute("aria-activedescendant");
  chosen?.scrollIntoView({ block: "nearest" });
}

export function startPalette(): void {
  const input = document.querySelector<HTMLInputElement>("#palette input");
  if (!input) return;
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    showHere(input.value);
    timer = window.setTimeout(() => void search(input.value.trim()), 120);
  });
  input.addEventListener("keydown", (event) => {
    const all = items();
    const now = all.findIndex((item) => item.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(Math.min(now + 1, all.length - 1));
    else if (event.key === "ArrowUp") choose(Math.max(now - 1, 0));
    else if (event.key === "Enter" && !event.isComposing) all[now]?.click();
    else return;
    event.preventDefault();
  });
  for (const button of document.querySelectorAll("[data-palette]")) button.addEventListener("click", openPalette);
}
