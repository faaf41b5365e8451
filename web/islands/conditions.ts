// The rule builder: conditions that read like sentences over one hidden input with the condition tree as JSON.
// It keeps what it cannot show (formulas, conditions over related lists) as a line that can be taken away.
import { element, icon } from "./shared/dom";
import { atRest, enhanceSelects } from "./shared/selects";
import { t } from "./shared/text";

type Tree = Record<string, unknown>;
interface Field {
  key: string;
  label: string;
  kind: string;
  operators: string[];
  choices?: [string | number, string][];
  source?: string;
}
interface Options {
  fields: string;
  name: string;
  tree: Tree | null;
  formulas?: boolean; // values may be formulas
}

export function mount(root: HTMLElement, options: Options): void {
  void load(options.fields).then((fields) => new Builder(root, fields, options).draw());
}

const known = new Map<string, Promise<Field[]>>();
function load(address: string): Promise<Field[]> {
  const found = known.get(address) ?? fetch(address, { headers: { Accept: "application/json" } }).then((answer) => answer.json() as Promise<Field[]>);
  known.set(address, found);
  return found;
}

const words = (): Record<string, string> => ({
  is: t("is"), is_not: t("is not"), in: t("is one of"), not_in: t("is none of"), gt: t("is more than"), gte: t("is at least"),
  lt: t("is less than"), lte: t("is at most"), between: t("is between"), contains: t("contains"), starts_with: t("starts with"),
  is_empty: t("is empty"), is_not_empty: t("is filled in"), has: t("has"), has_any: t("has any of"), has_all: t("has all of"), within: t("is within"),
});
const momentWords = (): Record<string, string> => ({ gt: t("is after"), gte: t("is on or after"), lt: t("is before"), lte: t("is on or before") });

const clone = (tree: Tree | null): Tree => JSON.parse(JSON.stringify(tree ?? {})) as Tree;
const isMoment = (field: Field | undefined): boolean => field?.kind === "date" || field?.kind === "datetime";
const members = (tree: Tree): { joint: "all" | "any"; parts: Tree[] } =>
  Array.isArray(tree["any"])
    ? { joint: "any", parts: tree["any"] as Tree[] }
    : { joint: "all", parts: Array.isArray(tree["all"]) ? (tree["all"] as Tree[]) : Object.keys(tree).length ? [tree] : [] };

class Builder {
  private readonly input: HTMLInputElement;
  private joint: "all" | "any";
  private parts: Tree[];
  private readonly formulas: boolean;

  constructor(
    private readonly root: HTMLElement,
    private readonly fields: Field[],
    options: Options,
  ) {
    this.input = element("input", { type: "hidden", name: options.name });
    this.formulas = options.formulas === true;
    const start = members(clone(options.tree));
    this.joint = start.joint;
    this.parts = start.parts;
  }

  draw(): void {
    const list = element("div", { class: "conditions" });
    if (this.parts.length > 1) list.append(this.jointChoice(this.joint, (joint) => (this.joint = joint)));
    this.parts.forEach((part, number) => list.append(this.part(part, this.parts, number)));
    if (this.parts.length === 0) list.append(element("p", { class: "muted" }, t("No condition: everything fits.")));
    const add = this.button(t("Condition"), "plus", () => this.parts.push(this.fresh()));
    const group = this.button(t("Group"), "brackets-contain", () => this.parts.push({ any: [this.fresh()] }));
    list.append(element("div", { class: "row-line" }, add, group));
    this.root.replaceChildren(this.input, list);
    enhanceSelects(this.root);
    this.write();
  }

  // The focus stays at its place in the row, or moves on with Tab from there.
  private redraw(): void {
    const active = document.activeElement;
    const rows = [...this.root.querySelectorAll(".condition")];
    const row = rows.findIndex((each) => each.contains(active));
    const cell = row < 0 ? -1 : [...(rows[row]?.children ?? [])].findIndex((each) => each.contains(active));
    this.draw();
    if (row < 0) return;
    const there = this.root.querySelectorAll(".condition")[row]?.children[cell];
    (there?.querySelector<HTMLElement>("[tabindex='0'], input") ?? (there as HTMLElement | undefined))?.focus();
  }

  private write(): void {
    const tree = this.parts.length === 0 ? {} : this.joint === "all" && this.parts.length === 1 ? this.parts[0] : { [this.joint]: this.parts };
    this.input.value = JSON.stringify(tree);
    this.root.dispatchEvent(new CustomEvent("conditions-changed", { bubbles: true, detail: tree }));
  }

  private again(): void {
    this.draw();
    this.root.querySelector<HTMLElement>(".condition:last-of-type select")?.focus();
  }

  private button(text: string, picture: string, act: () => void): HTMLButtonElement {
    const made = element("button", { class: "btn btn-quiet btn-sm", type: "button" }, icon(picture), text);
    made.addEventListener("click", () => {
      act();
      this.again();
    });
    return made;
  }

  private jointChoice(value: "all" | "any", set: (joint: "all" | "any") => void): HTMLElement {
    const made = this.select([["all", t("All of these hold")], ["any", t("Any of these holds")]], value, t("How the conditions go together"));
    made.addEventListener("change", () => {
      set(made.value as "all" | "any");
      this.write();
    });
    return made;
  }

  private part(part: Tree, siblings: Tree[], number: number): HTMLElement {
    const remove = element("button", { class: "icon-button", type: "button", "aria-label": t("Take this condition away") }, icon("x"));
    remove.addEventListener("click", () => {
      siblings.splice(number, 1);
      this.draw();
    });
    if (Array.isArray(part["all"]) || Array.isArray(part["any"])) return this.group(part, remove);
    const field = this.fields.find((each) => each.key === part["field"]);
    if (!("field" in part) || !field) return element("div", { class: "condition" }, element("code", { class: "condition-code" }, JSON.stringify(part)), remove);
    return this.leaf(part, field, remove);
  }

  private group(part: Tree, remove: HTMLElement): HTMLElement {
    const inner = members(part);
    const box = element("fieldset", { class: "condition-group" });
    box.append(
      element("div", { class: "row-line" },
        this.jointChoice(inner.joint, (joint) => {
          delete part["all"];
          delete part["any"];
          part[joint] = inner.parts;
        }),
        remove,
      ),
    );
    inner.parts.forEach((each, number) => box.append(this.part(each, inner.parts, number)));
    box.append(this.button(t("Condition"), "plus", () => inner.parts.push(this.fresh())));
    return box;
  }

  private leaf(part: Tree, field: Field, remove: HTMLElement): HTMLElement {
    const names = this.select(this.fields.map((each) => [each.key, each.label]), field.key, t("Field"));
    if (this.fields.length > 10) names.dataset["search"] = "";
    names.addEventListener("change", () => atRest(names, () => {
      const next = this.fields.find((each) => each.key === names.value) ?? field;
      Object.assign(part, { field: next.key, op: next.operators[0], value: null });
      this.redraw();
    }));
    const spoken = { ...words(), ...(isMoment(field) ? momentWords() : {}) };
    const operators = this.select(field.operators.map((op) => [op, spoken[op] ?? op]), String(part["op"]), t("Comparison"));
    operators.addEventListener("change", () => atRest(operators, () => {
      part["op"] = operators.value;
      part["value"] = operators.value === "within" ? { last: 7, unit: "day" } : null;
      this.redraw();
    }));
    return element("div", { class: "condition" }, names, operators, ...this.value(part, field), remove);
  }

  private value(part: Tree, field: Field): HTMLElement[] {
    const op = String(part["op"]);
    if (op === "is_empty" || op === "is_not_empty") {
      delete part["value"];
      return [];
    }
    if (op === "within") return this.period(part);
    if (op === "between") return [0, 1].map((side) => this.between(part, field, side));
    const many = ["in", "not_in", "has_any", "has_all"].includes(op);
    const written = part["value"] && typeof part["value"] === "object" && "expr" in (part["value"] as Tree);
    if (written) return [this.formula(part)];
    if (this.formulas) return [...this.plainValue(part, field, many), this.formulaButton(part)];
    return this.plainValue(part, field, many);
  }

  private formulaButton(part: Tree): HTMLElement {
    const made = element("button", { class: "icon-button", type: "button", title: t("Compare with a formula"), "aria-label": t("Compare with a formula") }, icon("math-function"));
    made.addEventListener("click", () => {
      part["value"] = { expr: "" };
      this.draw();
    });
    return made;
  }

  private formula(part: Tree): HTMLElement {
    const input = element("input", { class: "form-control mono", "aria-label": t("Formula"), value: String((part["value"] as Tree)["expr"]), spellcheck: "false", placeholder: "{amount} * 2" });
    input.addEventListener("input", () => {
      part["value"] = { expr: input.value.trim() };
      this.write();
    });
    const back = element("button", { class: "icon-button", type: "button", title: t("Compare with a value"), "aria-label": t("Compare with a value") }, icon("restore"));
    back.addEventListener("click", () => {
      part["value"] = null;
      this.draw();
    });
    return element("span", { class: "formula-line" }, element("span", { "aria-hidden": "true" }, "="), input, back);
  }

  private plainValue(part: Tree, field: Field, many: boolean): HTMLElement[] {
    if (field.kind === "boolean") return [this.boolean(part)];
    if (field.choices || field.source) return [this.choice(part, field, many)];
    if (isMoment(field)) return this.moment(part, field);
    return [this.text(part, field, many)];
  }

  private text(part: Tree, field: Field, many: boolean): HTMLElement {
    const shown = Array.isArray(part["value"]) ? (part["value"] as unknown[]).join(", ") : String(part["value"] ?? "");
    const made = element("input", { class: "form-control", "aria-label": t("Value"), value: shown, ...(field.kind === "number" ? { inputmode: "decimal" } : {}) });
    made.addEventListener("input", () => {
      const texts = made.value.split(/[,，]/).map((each) => each.trim()).filter(Boolean);
      part["value"] = many ? texts : made.value.trim() || null;
      this.write();
    });
    return made;
  }

  private between(part: Tree, field: Field, side: number): HTMLElement {
    const pair = Array.isArray(part["value"]) ? (part["value"] as unknown[]) : [null, null];
    const type = isMoment(field) ? "date" : "text";
    const made = element("input", { class: "form-control", type, value: String(pair[side] ?? ""), "aria-label": side === 0 ? t("From") : t("To") });
    made.addEventListener("input", () => {
      pair[side] = made.value || null;
      part["value"] = [pair[0] ?? null, pair[1] ?? null];
      this.write();
    });
    return made;
  }

  private boolean(part: Tree): HTMLElement {
    if (typeof part["value"] !== "boolean") part["value"] = true;
    const made = this.select([["true", t("Yes")], ["false", t("No")]], String(part["value"]), t("Value"));
    made.addEventListener("change", () => {
      part["value"] = made.value === "true";
      this.write();
    });
    return made;
  }

  private choice(part: Tree, field: Field, many: boolean): HTMLElement {
    const special: [string, string][] = field.kind === "person" ? [["@me", t("me")]] : field.kind === "team" ? [["@my_teams", t("my teams")]] : [];
    const values = Array.isArray(part["value"]) ? (part["value"] as unknown[]) : [part["value"]];
    const chosen = values.map((each) => (each && typeof each === "object" ? `@${String((each as Tree)["var"])}` : String(each ?? "")));
    const listed: [string, string][] = [...special, ...(field.choices ?? []).map(([key, text]): [string, string] => [String(key), text])];
    for (const each of chosen) if (each && !listed.some(([key]) => key === each)) listed.push([each, `#${each}`]);
    const made = this.select(many ? listed : [["", "–"], ...listed], "", t("Value"));
    made.multiple = many;
    for (const option of made.options) option.selected = chosen.includes(option.value);
    if (many || field.source || listed.length > 8) made.dataset["search"] = "";
    if (field.source) made.dataset["source"] = field.source;
    made.addEventListener("change", () => {
      const read = (text: string): unknown => (text.startsWith("@") ? { var: text.slice(1) } : field.kind === "choice" || field.kind === "choices" ? text : Number(text));
      const found = [...made.selectedOptions].map((option) => option.value).filter(Boolean).map(read);
      part["value"] = many ? found : (found[0] ?? null);
      this.write();
    });
    return made;
  }

  private moment(part: Tree, field: Field): HTMLElement[] {
    const value = part["value"];
    const kind = value && typeof value === "object" ? `@${String((value as Tree)["var"] ?? "other")}` : "day";
    const picks: [string, string][] = [["day", t("a day")], ["@today", t("today")], ...(field.kind === "datetime" ? ([["@now", t("now")]] as [string, string][]) : [])];
    if (kind === "@other") picks.push(["@other", String((value as Tree)["expr"] ?? "…")]);
    const pick = this.select(picks, kind, t("Value"));
    const day = element("input", { class: "form-control", type: "date", value: typeof value === "string" ? value.slice(0, 10) : "", "aria-label": t("Day") });
    day.hidden = kind !== "day";
    pick.addEventListener("change", () => {
      day.hidden = pick.value !== "day";
      if (pick.value !== "@other") part["value"] = pick.value === "day" ? day.value || null : { var: pick.value.slice(1) };
      this.write();
    });
    day.addEventListener("input", () => {
      part["value"] = day.value || null;
      this.write();
    });
    return [pick, day];
  }

  private period(part: Tree): HTMLElement[] {
    const value = (part["value"] ?? {}) as Tree;
    const way = "this" in value ? "this" : "next" in value ? "next" : "last";
    const ways = this.select([["last", t("the last")], ["next", t("the next")], ["this", t("this")]], way, t("Which time"));
    const count = element("input", { class: "form-control is-short", inputmode: "numeric", value: String(value[way] ?? 7), "aria-label": t("How many") });
    count.hidden = way === "this";
    const units: [string, string][] = [["day", t("days")], ["week", t("weeks")], ["month", t("months")], ["quarter", t("quarters")], ["year", t("years")]];
    const unit = this.select(units, String(way === "this" ? value["this"] : (value["unit"] ?? "day")), t("Unit"));
    const read = (): void => {
      count.hidden = ways.value === "this";
      part["value"] = ways.value === "this" ? { this: unit.value } : { [ways.value]: Math.max(1, Number.parseInt(count.value, 10) || 1), unit: unit.value };
      this.write();
    };
    for (const each of [ways, unit]) each.addEventListener("change", read);
    count.addEventListener("input", read);
    return [ways, count, unit];
  }

  private select(options: [string, string][], value: string, label: string): HTMLSelectElement {
    const made = element("select", { class: "form-select", "aria-label": label });
    for (const [key, text] of options) made.append(element("option", { value: key, ...(key === value ? { selected: true } : {}) }, text));
    return made;
  }

  private fresh(): Tree {
    const field = this.fields[0];
    return { field: field?.key ?? "id", op: field?.operators[0] ?? "is", value: null };
  }
}
