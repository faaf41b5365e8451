// Searchable selects: <select data-search> and <select data-search data-source="/address?q="> whose options come from the server.
import TomSelect from "tom-select";
import { element, icon } from "./dom";
import { t } from "./text";

interface Choice {
  value: string;
  text: string;
  note?: string;
  colour?: string;
}

const REST = 700;
const typed = new WeakMap<HTMLElement, number>();
document.addEventListener(
  "keydown",
  (event) => {
    if (event.target instanceof HTMLSelectElement && event.key.length === 1 && !event.ctrlKey && !event.metaKey) typed.set(event.target, performance.now());
  },
  true,
);

// A closed list follows each typed letter with a change: what draws it anew waits until the typing rests or the focus leaves.
export function atRest(input: HTMLElement, act: () => void): void {
  if (performance.now() - (typed.get(input) ?? -REST) >= REST) return act();
  const first = !waiting.has(input);
  clearTimeout(waiting.get(input)?.timer);
  const done = (): void => {
    const last = waiting.get(input);
    if (!last) return;
    waiting.delete(input);
    clearTimeout(last.timer);
    last.act();
  };
  waiting.set(input, { act, timer: window.setTimeout(done, REST) });
  if (first) input.addEventListener("blur", done, { once: true });
}

const waiting = new Map<HTMLElement, { act: () => void; timer: number }>();

interface Searchable extends HTMLSelectElement {
  tomselect?: TomSelect;
}

// What can have the focus, in order. A list that can be searched stands for the parts it is made of.
export function controlsIn(root: ParentNode | undefined): HTMLElement[] {
  return [...(root?.querySelectorAll<HTMLElement>("select, button, input:not([type=hidden])") ?? [])].filter((each) => !each.closest(".ts-wrapper"));
}

// -1: the focus is elsewhere.
export function placeOfFocus(root: HTMLElement): number {
  const active = document.activeElement as HTMLElement | null;
  if (!active || !root.contains(active)) return -1;
  return controlsIn(root).indexOf((active.closest(".ts-wrapper")?.previousElementSibling ?? active) as HTMLElement);
}

// open: the list that can be searched shows its options.
export function focusOn(control: HTMLElement | undefined, open = false): void {
  const list = (control as Searchable | undefined)?.tomselect;
  if (!list) return control?.focus();
  if (open) return list.focus();
  list.settings.openOnFocus = false;
  list.focus_node.focus();
  list.settings.openOnFocus = true;
}

export function enhanceSelects(root: ParentNode): void {
  for (const select of root.querySelectorAll<HTMLSelectElement>("select[data-search]:not(.tomselected)")) enhance(select);
}

function enhance(select: HTMLSelectElement): void {
  const source = select.dataset["source"];
  const named = document.getElementById(select.getAttribute("aria-labelledby") ?? "");
  const name = select.labels?.[0]?.textContent?.trim() || select.getAttribute("aria-label") || named?.textContent?.trim() || t("Search");
  const made = new TomSelect(select, {
    plugins: select.multiple ? ["remove_button"] : ["dropdown_input"],
    maxOptions: 700,
    hideSelected: false,
    allowEmptyOption: true,
    refreshThrottle: 0, // Enter takes what has just been typed, not what the list held before
    placeholder: select.dataset["placeholder"] ?? "",
    // In a panel the open list would lie on the inputs below.
    ...(select.dataset["setMany"] === undefined ? {} : { closeAfterSelect: true }),
    create: select.dataset["create"] !== undefined,
    searchField: ["text", "note"],
    ...(source ? { load: loader(source), shouldLoad: () => true, preload: "focus" as const } : {}),
    render: {
      option: (item: Choice) => line(item, select),
      item: (item: Choice) => line(item, select),
      no_results: () => element("div", { class: "palette-empty" }, t("Nothing found")),
      option_create: (item: { input: string }) => element("div", { class: "create" }, t("Add “{text}”", { text: item.input })),
    },
  } as never);
  preferTyped(made);
  // The field that is seen stands for the hidden select, to screen readers too.
  select.setAttribute("aria-hidden", "true");
  made.control_input.setAttribute("aria-label", name);
  if (!select.multiple) made.focus_node.setAttribute("aria-label", name);
}

// What fits the typed text best is chosen by Enter; while it is still being looked up, Enter waits for it.
function preferTyped(made: TomSelect): void {
  const best = (): void => {
    const first = made.inputValue() ? made.dropdown_content.querySelector<HTMLElement>(".option:not(.create)") : null;
    if (first) made.setActiveOption(first, false);
  };
  made.on("type", best);
  made.on("load", best);
  made.control_input.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Enter" || event.isComposing || !made.loading || !made.inputValue()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const found = (): void => {
        made.off("load", found);
        if (made.isFocused && made.activeOption) made.onOptionSelect(event, made.activeOption);
      };
      made.on("load", found);
    },
    true,
  );
}

function loader(source: string): (query: string, done: (choices?: Choice[]) => void) => void {
  return (query, done) => {
    fetch(source + encodeURIComponent(query), { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? (answer.json() as Promise<Choice[]>) : []))
      .then(done)
      .catch(() => done());
  };
}

function line(item: Choice, select: HTMLSelectElement): HTMLElement {
  const shown = item.colour ? element("span", { class: `pill c-${item.colour}` }, item.text) : element("span", {}, item.text || "–");
  // The values of some lists are names of icons.
  const picture = select.dataset["icons"] !== undefined && item.value ? (icon(item.value) as unknown as HTMLElement) : null;
  return element("div", picture ? { class: "has-icon" } : {}, picture, shown, item.note ? element("span", { class: "muted" }, ` ${item.note}`) : null);
}

