// Brings islands to life: <div data-island="kanban" data-options="{…}"> gets web/islands/kanban.ts, whose `mount` is called with it.
export type Options = Record<string, unknown>;
export interface Island {
  mount(element: HTMLElement, options: Options): void | (() => void);
}

const mounted = new WeakMap<HTMLElement, (() => void) | void>();
const started = new WeakSet<HTMLElement>();

function addresses(): Record<string, string> {
  return JSON.parse(document.getElementById("island-addresses")?.textContent ?? "{}") as Record<string, string>;
}

async function start(place: HTMLElement): Promise<void> {
  if (started.has(place)) return;
  started.add(place);
  const name = place.dataset["island"] ?? "";
  const address = addresses()[name];
  if (!address) throw new Error(`there is no island ${name}`);
  const early = watchEarly(place);
  const island = (await import(address)) as Island;
  const again = early();
  if (!place.isConnected) return;
  mounted.set(place, island.mount(place, JSON.parse(place.dataset["options"] || "{}") as Options));
  place.dataset["mounted"] = "";
  again();
}

// A quick hand is there before the script: what it changed and pressed is done again when the island lives.
function watchEarly(place: HTMLElement): () => () => void {
  const late: (() => void)[] = [];
  const note = (event: Event): void => {
    const target = event.target as HTMLElement;
    const button = target.closest<HTMLElement>("button:is([data-act], [data-act] *, [data-undo], [data-redo])");
    if (event.type === "change") late.push(() => target.dispatchEvent(new Event("change", { bubbles: true })));
    else if (button) late.push(() => button.click());
  };
  for (const name of ["change", "click"]) place.addEventListener(name, note, true);
  return () => {
    for (const name of ["change", "click"]) place.removeEventListener(name, note, true);
    return () => late.forEach((act) => act());
  };
}

export function startIslands(root: ParentNode): void {
  if (root instanceof HTMLElement && root.dataset["island"]) void start(root);
  for (const place of root.querySelectorAll<HTMLElement>("[data-island]")) void start(place);
}

export function stopIslands(root: HTMLElement): void {
  for (const place of [root, ...root.querySelectorAll<HTMLElement>("[data-island]")]) mounted.get(place)?.();
}
