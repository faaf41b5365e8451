// The command palette: Ctrl+K. The list is made by the server (/palette), which knows what this person may open.
import { t } from "./text";

let latest = 0;

export function openPalette(): void {
  const dialog = document.querySelector<HTMLDialogElement>("#palette");
  const input = dialog?.querySelector<HTMLInputElement>("input");
  if (!dialog || !input || dialog.open) return;
  dialog.showModal();
  input.value = "";
  input.focus();
  void search("");
}

async function search(text: string): Promise<void> {
  const list = document.querySelector<HTMLElement>("#palette-list");
  if (!list) return;
  const turn = ++latest;
  const answer = await fetch(`/palette?q=${encodeURIComponent(text)}`, { headers: { "HX-Request": "true" } });
  if (turn !== latest) return;
  if (!answer.ok) {
    list.textContent = t("The search does not answer just now.");
    return;
  }
  const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
  list.replaceChildren(...parsed.body.childNodes);
  choose(0);
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
