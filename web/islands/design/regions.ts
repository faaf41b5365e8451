// The way around a designer without a mouse: F6 and Shift+F6 go from region to region, Enter in the search of the palette adds the
// first that fits, and Enter behind the label of what is new goes back to that search for the next one.
const REGIONS = ["#design-palette", "#design-canvas", "#design-panel", ".design-bar", "#design-nav"];
const WITHIN: Record<string, string> = {
  "#design-palette": "input[type=search], button, a[href]",
  "#design-canvas": "[aria-current=true], [data-path] a[id], [tabindex='0'], .design-canvas a[href], button",
  "#design-panel": "input:not([type=hidden]), select, textarea, button, a[href]",
  ".design-bar": "#design-publish",
  "#design-nav": "[aria-current=page], a[href]",
};

export function startRegions(root: HTMLElement): void {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "F6") {
      event.preventDefault();
      go(root, event.shiftKey ? -1 : 1);
    } else if (event.key === "Enter" && event.target instanceof HTMLInputElement) entered(root, event, event.target);
  });
}

function go(root: HTMLElement, way: 1 | -1): void {
  const there = REGIONS.filter((each) => target(root, each) !== undefined);
  const now = there.findIndex((each) => root.querySelector(each)?.contains(document.activeElement));
  const next = there[(now + way + there.length + (now < 0 && way < 0 ? 1 : 0)) % there.length];
  const found = next === undefined ? undefined : target(root, next);
  found?.focus();
  found?.scrollIntoView({ block: "nearest" });
}

// The first selector that finds something seen: what is picked goes before what is first.
function target(root: HTMLElement, region: string): HTMLElement | undefined {
  const place = root.querySelector<HTMLElement>(region);
  for (const selector of (WITHIN[region] ?? "").split(", ")) {
    const found = [...(place?.querySelectorAll<HTMLElement>(selector) ?? [])].find((each) => each.checkVisibility() && !each.closest("[inert]"));
    if (found) return found;
  }
  return undefined;
}

function entered(root: HTMLElement, event: KeyboardEvent, input: HTMLInputElement): void {
  const search = root.querySelector<HTMLInputElement>("[data-palette-search]");
  if (input === search) {
    event.preventDefault();
    const first = [...root.querySelectorAll<HTMLElement>("#design-palette [data-words] button")].find((each) => each.checkVisibility());
    if (!first || !input.value.trim()) return;
    input.value = "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    first.click();
  } else if (search && input.dataset["labelOfNew"] !== undefined) {
    event.preventDefault();
    search.focus(); // the label is set by losing the focus
    search.select();
  }
}
