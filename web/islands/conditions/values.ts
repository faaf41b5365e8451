// The right side of a line: a value of the field's kind, a moment, a formula, a setting. Drawing changes nothing.
import { element } from "../shared/dom";
import { t } from "../shared/text";
import { startFormula } from "../design/formula";
import { type Builder, type Side, valueInput } from "./builder";
import { type Field, type Setting } from "./catalogue";
import { period, moment } from "./moments";
import { has, isTree, type Tree } from "./tree";
import { isMoment } from "./words";

export const MANY = ["in", "not_in", "has_any", "has_all"];
const FITS: Record<string, string[]> = {
  number: ["number"], text: ["text"], choice: ["choice", "text"], boolean: ["boolean"], person: ["people"],
};

// Null: the value cannot be shown here.
export function valueInputs(builder: Builder, side: Side, part: Tree, field: Field): HTMLElement[] | null {
  const op = String(part["op"]);
  const value = part["value"];
  if (op === "is_empty" || op === "is_not_empty") return [];
  if (op === "within") return isTree(value) && ("last" in value || "next" in value || "this" in value) ? period(builder, part, value) : null;
  if (has(value, "expr")) return builder.options.formulas ? [...kinds(builder, side, part, field, "@formula"), formula(builder, part)] : null;
  if (has(value, "setting")) return setting(builder, side, part, field, String(value["setting"]));
  const plain = plainInputs(builder, part, field, op);
  return plain && [...kinds(builder, side, part, field, ""), ...plain];
}

// What a value may be: something fixed, a formula, a setting.
function kinds(builder: Builder, side: Side, part: Tree, field: Field, chosen: string): HTMLElement[] {
  const settings = fitting(side.catalogue.settings, field);
  const options: [string, string][] = [["", t("Value")]];
  if (builder.options.formulas) options.push(["@formula", t("Formula")]);
  options.push(...settings.map((each): [string, string] => [each.key, t("Setting: {name}", { name: each.label })]));
  if (options.length === 1) return [];
  const made = builder.select(options, chosen, t("Compared with"));
  made.classList.add("value-kind");
  made.addEventListener("change", () => {
    part["value"] = made.value === "@formula" ? { expr: "" } : made.value ? { setting: made.value } : null;
    builder.draw();
  });
  return [made];
}

function fitting(settings: Setting[], field: Field): Setting[] {
  return settings.filter((each) => (FITS[field.kind] ?? []).includes(each.type));
}

function setting(builder: Builder, side: Side, part: Tree, field: Field, key: string): HTMLElement[] | null {
  const known = side.catalogue.settings.find((each) => each.key === key);
  if (!known) return null;
  const listed = fitting(side.catalogue.settings, field).includes(known) ? side : { ...side, catalogue: { ...side.catalogue, settings: [known] } };
  return kinds(builder, listed, part, field, key);
}

let count = 0;
export function formula(builder: Builder, holder: Tree, name: "value" | "expr" = "value"): HTMLElement {
  const kept = name === "value" ? String((holder["value"] as Tree)["expr"]) : String(holder["expr"]);
  const id = `rule-formula-${(count += 1)}`;
  const input = element("input", { class: "form-control mono", id, "aria-label": t("Formula"), value: kept, spellcheck: "false", autocomplete: "off", "aria-describedby": `${id}-check`, "data-takes-chips": "expr" });
  input.addEventListener("input", () => {
    if (name === "value") holder["value"] = { expr: input.value.trim() };
    else holder["expr"] = input.value.trim();
    builder.write();
  });
  const place = element("div", { class: "rule-formula", "data-formula-place": true }, element("div", { class: "formula-line" }, element("span", { "aria-hidden": "true" }, "="), input), element("div", { class: "formula-check", id: `${id}-check`, role: "status", "data-formula-check": true }));
  const { check, entity, pick } = builder.options;
  if (check && entity) queueMicrotask(() => startFormula(input, { url: check.replace(/\/rule$/, "/formula"), entity, ...(pick ? { pick } : {}) }));
  return place;
}

function plainInputs(builder: Builder, part: Tree, field: Field, op: string): HTMLElement[] | null {
  const value = part["value"];
  const many = MANY.includes(op);
  if (op === "between") return !value || Array.isArray(value) ? [0, 1].map((side) => between(builder, part, field, side)) : null;
  if (field.kind === "boolean") return isTree(value) ? null : [boolean(builder, part)];
  if (field.choices || field.source) return [value].flat().every((each) => !isTree(each) || "var" in each) ? [choice(builder, part, field, many)] : null;
  if (isMoment(field)) return isTree(value) && !("var" in value) ? null : moment(builder, part, field);
  return isTree(value) ? null : [text(builder, part, field, many)];
}

function text(builder: Builder, part: Tree, field: Field, many: boolean): HTMLElement {
  const shown = Array.isArray(part["value"]) ? (part["value"] as unknown[]).join(", ") : String(part["value"] ?? "");
  const made = valueInput(t("Value"), shown, field.kind === "number" ? { inputmode: "decimal" } : {});
  made.addEventListener("input", () => {
    const texts = made.value.split(/[,，、]/).map((each) => each.trim()).filter(Boolean);
    part["value"] = many ? texts : made.value.trim() || null;
    builder.write();
  });
  return made;
}

function between(builder: Builder, part: Tree, field: Field, side: number): HTMLElement {
  const pair = Array.isArray(part["value"]) ? (part["value"] as unknown[]) : [null, null];
  const made = valueInput(side === 0 ? t("From") : t("To"), String(pair[side] ?? ""), { type: isMoment(field) ? "date" : "text" });
  made.addEventListener("input", () => {
    const now = Array.isArray(part["value"]) ? [...(part["value"] as unknown[])] : [null, null];
    now[side] = made.value || null;
    part["value"] = [now[0] ?? null, now[1] ?? null];
    builder.write();
  });
  return made;
}

function boolean(builder: Builder, part: Tree): HTMLElement {
  const made = builder.select([...(typeof part["value"] === "boolean" ? [] : ([["", "–"]] as [string, string][])), ["true", t("Yes")], ["false", t("No")]], String(part["value"] ?? ""), t("Value"));
  made.addEventListener("change", () => {
    part["value"] = made.value === "" ? null : made.value === "true";
    builder.write();
  });
  return made;
}

function choice(builder: Builder, part: Tree, field: Field, many: boolean): HTMLElement {
  const special: [string, string][] = field.kind === "person" ? [["@me", t("me")]] : field.kind === "team" ? [["@my_teams", t("my teams")]] : [];
  const values = Array.isArray(part["value"]) ? (part["value"] as unknown[]) : [part["value"]];
  const chosen = values.map((each) => (isTree(each) ? `@${String(each["var"])}` : String(each ?? "")));
  const listed: [string, string][] = [...special, ...(field.choices ?? []).map(([key, label]): [string, string] => [String(key), label])];
  for (const each of chosen) if (each && !listed.some(([key]) => key === each)) listed.push([each, each.startsWith("@") ? each.slice(1) : `#${each}`]);
  const made = builder.select(many ? listed : [["", "–"], ...listed], "", t("Value"));
  made.multiple = many;
  for (const option of made.options) option.selected = chosen.includes(option.value);
  if (many || field.source || listed.length > 8) made.dataset["search"] = "";
  if (field.source) made.dataset["source"] = field.source;
  made.addEventListener("change", () => {
    const read = (it: string): unknown => (it.startsWith("@") ? { var: it.slice(1) } : field.kind === "choice" || field.kind === "choices" ? it : Number(it));
    const found = [...made.selectedOptions].map((option) => option.value).filter(Boolean).map(read);
    part["value"] = many ? found : (found[0] ?? null);
    builder.write();
  });
  return made;
}
