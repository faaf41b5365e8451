// Inputs of the property panels: what they hold is set in the draft when it changes.
import { actsOfSpecial, castOf } from "./automations";
import { atRest } from "../shared/selects";
import { type Act, type Operations, type Sending } from "./operations";

export function watchInputs(operations: Operations): void {
  document.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    atRest(input, () => {
      const acts = actsOf(input);
      if (acts) void operations.send(acts);
    });
  });
  document.addEventListener("keydown", (event) => {
    const input = event.target as HTMLInputElement;
    if (event.key === "Enter" && !event.isComposing && input.dataset?.["choiceInput"] !== undefined) {
      event.preventDefault();
      input.blur(); // sets what was typed first
      operations.root.querySelector<HTMLElement>("[data-choice-add]")?.click();
    }
  });
  // An island that has drawn something itself says so.
  document.addEventListener("design-act", (event) => {
    const { act, ...how } = (event as CustomEvent<{ act: Act } & Sending>).detail;
    void operations.send([act], how);
  });
  document.addEventListener("conditions-changed", (event) => {
    const place = (event.target as HTMLElement).closest<HTMLElement>("[data-set-tree]");
    if (!place) return;
    const tree = (event as CustomEvent<Record<string, unknown>>).detail;
    const now = JSON.stringify(tree);
    // The first drawing tells what is there already.
    if (place.dataset["tree"] === undefined || place.dataset["tree"] === now) {
      place.dataset["tree"] = now;
      return;
    }
    place.dataset["tree"] = now;
    const value = Object.keys(tree).length ? tree : null;
    const act: Act = place.dataset["setAct"] ? { ...(JSON.parse(place.dataset["setAct"]) as Act), value } : { op: "set", path: place.dataset["setTree"], value };
    operations.sendSoon(place, act, { quiet: true });
  });
}

function actsOf(input: HTMLInputElement): Act[] | null {
  const special = actsOfSpecial(input);
  if (special) return special;
  const { set, setList, setAct, cast } = input.dataset;
  if (setAct && input.matches("input, select, textarea")) return [{ ...(JSON.parse(setAct) as Act), value: read(input, cast ?? "text") }];
  if (setList) {
    const boxes = document.querySelectorAll<HTMLInputElement>(`[data-set-list="${CSS.escape(setList)}"]`);
    const values = [...boxes].filter((box) => box.checked).map((box) => box.value);
    return [{ op: "set", path: setList, value: values.length ? values : null }];
  }
  if (!set) return null;
  if (cast === "type") {
    const field = set.replace(/\/type$/, "");
    return [{ op: "set", path: `${field}/options`, value: null }, { op: "set", path: `${field}/default`, value: null }, { op: "set", path: set, value: input.value }];
  }
  return [{ op: "set", path: set, value: read(input, cast ?? "text") }];
}

function read(input: HTMLInputElement, cast: string): unknown {
  const special = castOf(input, cast);
  if (special !== undefined) return special;
  if (cast === "boolean") return input.checked ? true : null;
  const text = input.value.trim();
  if (text === "") return null;
  return (cast === "integer" || cast === "number") && !Number.isNaN(Number(text)) ? Number(text) : text;
}
