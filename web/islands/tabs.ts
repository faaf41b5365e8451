// Pages as tabs: a click or the arrow keys open one; the address of the page remembers which (`?_tab=`), a dialog does not.
interface Options {
  name: string;
}

const opened = new Map<string, string>(); // what is drawn again by htmx opens where it was

export function mount(list: HTMLElement, options: Options): () => void {
  const tabs = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[data-tab]")].filter((tab) => !tab.hidden);
  const place = `${location.pathname} ${options.name}`;
  const inPage = !list.closest("dialog");

  const open = (tab: HTMLElement, remember: boolean): void => {
    for (const each of list.querySelectorAll<HTMLElement>("[data-tab]")) {
      const mine = each === tab;
      each.setAttribute("aria-selected", String(mine));
      each.tabIndex = mine ? 0 : -1;
      const page = document.getElementById(each.getAttribute("aria-controls") ?? "");
      if (page) page.hidden = !mine;
    }
    if (!remember || !inPage) return;
    opened.set(place, tab.dataset["tab"] ?? "");
    const address = new URL(location.href);
    address.searchParams.set("_tab", tab.dataset["tab"] ?? "");
    history.replaceState(history.state, "", address);
  };
  const click = (event: Event): void => {
    const tab = (event.target as HTMLElement).closest<HTMLElement>("[data-tab]");
    if (tab) open(tab, true);
  };
  const key = (event: KeyboardEvent): void => {
    const shown = tabs();
    const here = shown.indexOf(event.target as HTMLElement);
    if (here < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const last = shown.length - 1;
    const next = { ArrowRight: here === last ? 0 : here + 1, ArrowLeft: here === 0 ? last : here - 1, Home: 0, End: last }[event.key];
    const tab = next === undefined ? undefined : shown[next];
    if (!tab) return;
    event.preventDefault();
    open(tab, true);
    tab.focus();
  };
  // Rules may hide the open tab while somebody types in it.
  const changed = (): void => {
    const chosen = list.querySelector<HTMLElement>("[aria-selected=true]");
    const first = tabs()[0];
    if (first && (!chosen || chosen.hidden)) open(first, false);
  };
  list.addEventListener("click", click);
  list.addEventListener("keydown", key);
  list.addEventListener("tabs-changed", changed);
  const wrong = list.querySelector(".tab-errors");
  const kept = inPage && !wrong ? tabs().find((tab) => tab.dataset["tab"] === opened.get(place)) : undefined;
  if (kept) open(kept, false);
  const now = list.querySelector<HTMLElement>("[aria-selected=true]");
  if (inPage && now) opened.set(place, now.dataset["tab"] ?? "");
  now?.scrollIntoView({ block: "nearest", inline: "nearest" });
  return () => {
    list.removeEventListener("click", click);
    list.removeEventListener("keydown", key);
    list.removeEventListener("tabs-changed", changed);
  };
}
