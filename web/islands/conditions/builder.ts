// What the parts of the builder share: the tree, drawing it anew, telling what changed, problems below the line they belong to.
import { element, icon, send } from "../shared/dom";
import { t } from "../shared/text";
import { type Catalogue, catalogueAt, type Field } from "./catalogue";
import { type Tree } from "./tree";

export interface Options {
  fields: string; // address of the fields; with `more` that of a catalogue
  name: string;
  tree: Tree | null;
  formulas?: boolean; // values may be formulas, and a line may be one
  check?: string; // address that tells problems and sentences
  entity?: string;
  pick?: string; // the card of an automation
  side?: string; // "where": the left side is a record that is searched
}

// Where a line stands: what its left side may name.
export interface Side {
  catalogue: Catalogue;
  isInner: boolean; // inside a relation: formulas there are about the other record
}

export abstract class Builder {
  abstract draw(): void;
  abstract write(): void;

  protected constructor(readonly options: Options) {}

  // A catalogue of another entity, for the fields behind a relation.
  of(entity: string): Promise<Catalogue> | null {
    if (!this.options.check) return null;
    const address = new URL(this.options.fields, location.href);
    address.searchParams.set("entity", entity);
    address.searchParams.set("inner", "1");
    return catalogueAt(address.pathname + address.search);
  }

  select(options: [string, string][], value: string, label: string): HTMLSelectElement {
    const made = element("select", { class: "form-select", "aria-label": label });
    for (const [key, text] of options) made.append(element("option", { value: key, ...(key === value ? { selected: true } : {}) }, text));
    return made;
  }

  button(text: string, picture: string, act: () => void): HTMLButtonElement {
    const made = element("button", { class: "btn btn-quiet btn-sm", type: "button" }, icon(picture), text);
    made.addEventListener("click", act);
    return made;
  }

  tool(text: string, picture: string, act: () => void): HTMLButtonElement {
    const made = element("button", { class: "icon-button", type: "button", title: text, "aria-label": text }, icon(picture));
    made.addEventListener("click", act);
    return made;
  }

  fresh(side: Side): Tree {
    const field = side.catalogue.fields[0];
    return { field: field?.key ?? "id", op: field?.operators[0] ?? "is", value: null };
  }

  // A sentence for what cannot be edited here.
  async sentence(part: Tree, entity: string | undefined): Promise<string> {
    const fallback = "expr" in part ? String(part["expr"]) : JSON.stringify(part);
    if (!this.options.check) return fallback;
    const body = { entity: entity ?? this.options.entity, pick: this.options.pick, sentence: part };
    const answer = await send(this.options.check, body).catch(() => null);
    return answer?.ok ? ((await answer.json()) as { sentence: string }).sentence || fallback : fallback;
  }
}

export function valueInput(label: string, value: string, attributes: Record<string, string> = {}): HTMLInputElement {
  return element("input", { class: "form-control", "aria-label": label, value, ...attributes });
}

export const problemPlace = (path: string): HTMLElement => element("div", { class: "condition-problem", role: "alert", "data-problem": path, hidden: true });

export const fieldNamed = (side: Side, key: string): Field | undefined => side.catalogue.fields.find((each) => each.key === key);

export const takeAway = (): string => t("Take this condition away");
