// Inputs of the automation designer that make one value of several, or JSON.
//   data-duration="path"   amount, unit and side inside it make a length of time: -3d
//   data-set-many="path"   the picked options, each JSON, make a list
//   data-add-to="path"     picking an option sets its data-first at path/<option>
//   data-add-item="path"   picking an option adds {"field": option} to the list
//   data-insert-raw        a click puts the function into the formula
//   data-insert-path       a click puts the path into the input that had the focus last (data-takes-chips="text|expr")
import { t } from "../shared/text";
import { toast } from "../shared/toasts";
import { editorOf } from "./editors";
import { type Act, type Operations } from "./operations";

export function actsOfSpecial(input: HTMLInputElement): Act[] | null {
  const duration = input.closest<HTMLElement>("[data-duration]");
  if (duration) return [{ op: "set", path: duration.dataset["duration"], value: lengthOf(duration) }];
  const { setMany, addTo, addItem, set, cast } = input.dataset;
  if (setMany) {
    const picked = [...(input as unknown as HTMLSelectElement).selectedOptions].map((each) => JSON.parse(each.value) as unknown);
    return [{ op: "set", path: setMany, value: picked.length ? picked : null }];
  }
  if (addTo) {
    const option = (input as unknown as HTMLSelectElement).selectedOptions[0];
    return option?.value ? [{ op: "set", path: `${addTo}/${option.value}`, value: JSON.parse(option.dataset["first"] ?? '""') as unknown }] : [];
  }
  if (addItem) return input.value ? [{ op: "add", path: addItem, value: { field: input.value } }] : [];
  if (set && cast === "setting-type") {
    const place = set.replace(/\/type$/, "");
    return [{ op: "set", path: `${place}/default`, value: null }, { op: "set", path: set, value: input.value }];
  }
  return null;
}

// What an input of one of these casts holds; undefined for the others.
export function castOf(input: HTMLInputElement, cast: string): unknown {
  const text = input.value.trim();
  if (cast === "switch") return input.checked;
  if (cast === "keep") return text;
  if (cast === "json") return JSON.parse(input.value || "null") as unknown;
  if (cast === "one") return text ? [text] : null;
  return cast === "expr" || cast === "template" ? { [cast]: text } : undefined;
}

function lengthOf(place: HTMLElement): string {
  const part = (name: string): string => place.querySelector<HTMLInputElement>(`[data-${name}]`)?.value ?? "";
  const amount = Math.abs(Math.trunc(Number(part("amount")))) || 0;
  return `${amount ? part("side") : ""}${amount}${part("unit") || "d"}`;
}

export function startChips(root: HTMLElement): void {
  let last = "";
  root.addEventListener("focusin", (event) => {
    const input = event.target as HTMLElement;
    if (input.dataset["editorOf"]) last = input.dataset["editorOf"];
    else if (input.dataset["takesChips"]) last = input.id;
  });
  root.addEventListener("mousedown", (event) => {
    if ((event.target as HTMLElement).closest("[data-insert-path], [data-insert-raw]")) event.preventDefault(); // the input keeps the focus
  });
  root.addEventListener("click", (event) => {
    const chip = (event.target as HTMLElement).closest<HTMLElement>("[data-insert-path], [data-insert-raw]");
    if (!chip) return;
    const raw = chip.dataset["insertRaw"];
    const kind = raw === undefined ? "[data-takes-chips]" : "[data-takes-chips=expr]";
    const found = document.getElementById(last);
    const input = found?.matches(kind) ? found : root.querySelector<HTMLElement>(kind);
    if (!input) return;
    const path = chip.dataset["insertPath"] ?? "";
    const editor = editorOf(input);
    if (raw !== undefined) return editor?.insert(raw, 1); // the caret goes between the brackets
    editor?.insert(input.dataset["takesChips"] === "expr" ? `{${path}}` : `{{${path}}}`);
    editor?.commit();
  });
}

// A step is copied by its place in the draft, and pasted behind another one: by Ctrl+C and Ctrl+V on a card, or by the buttons.
const COPIED = "formloom-step";

export function startPasting(root: HTMLElement, operations: Operations): void {
  const copied = (): string => sessionStorage.getItem(`${COPIED}:${operations.app}`) ?? "";
  const copy = (path: string): void => {
    sessionStorage.setItem(`${COPIED}:${operations.app}`, path);
    toast({ message: t("Copied. Paste it behind another step."), kind: "success" });
  };
  const paste = (act: Act): void => void (copied() && operations.send([{ ...act, path: copied() }]));
  root.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-copy-step], [data-paste-step]");
    if (button?.dataset["copyStep"]) copy(button.dataset["copyStep"]);
    if (button?.dataset["pasteStep"]) paste(JSON.parse(button.dataset["pasteStep"]) as Act);
  });
  root.addEventListener("toggle", (event) => {
    for (const item of (event.target as HTMLElement).querySelectorAll<HTMLElement>("[data-paste-step]")) item.hidden = !copied();
  }, true);
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || !["c", "v"].includes(event.key.toLowerCase())) return;
    const card = (event.target as HTMLElement).closest<HTMLElement>("a.design-flow-card");
    const step = card?.closest<HTMLElement>(".flow-step");
    if (!card || !step || String(getSelection()) !== "") return;
    event.preventDefault();
    if (event.key.toLowerCase() === "c") copy(step.dataset["path"] ?? "");
    else paste({ op: "copy_step", list: step.parentElement?.dataset["list"], after: step.dataset["key"] });
  });
}
