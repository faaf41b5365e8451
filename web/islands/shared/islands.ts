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
  const island = (await import(address)) as Island;
  if (!place.isConnected) return;
  mounted.set(place, island.mount(place, JSON.parse(place.dataset["options"] || "{}") as Options));
  place.dataset["mounted"] = "";
}

export function startIslands(root: ParentNode): void {
  if (root instanceof HTMLElement && root.dataset["island"]) void start(root);
  for (const place of root.querySelectorAll<HTMLElement>("[data-island]")) void start(place);
}

export function stopIslands(root: HTMLElement): void {
  for (const place of [root, ...root.querySelectorAll<HTMLElement>("[data-island]")]) mounted.get(place)?.();
}
