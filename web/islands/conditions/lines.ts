// One line of a rule: a comparison, a formula, related records that fit, or a sentence for what cannot be edited here.
import { element } from "../shared/dom";
import { t } from "../shared/text";
import { type Builder, problemPlace, type Side, takeAway } from "./builder";
import { type Field } from "./catalogue";
import { pathInput } from "./path";
import { type Change, changeOf, changing, has, isTree, negated, type Tree } from "./tree";
import { formula, valueInputs } from "./values";
import { counts, NOT, operatorWord } from "./words";

const CHANGES: Change[] = ["changed", "changes_to", "changed_from"];

export async function line(builder: Builder, side: Side, part: Tree, path: string, remove: () => void): Promise<HTMLElement> {
  const box = element("div", { class: "condition" });
  const away = builder.tool(takeAway(), "x", remove);
  const inputs = await lineInputs(builder, side, part);
  if (inputs) box.append(...inputs, away);
  else box.append(element("span", { class: "condition-sentence" }, await builder.sentence(part, side.catalogue.entity)), away);
  box.append(problemPlace(path));
  return box;
}

async function lineInputs(builder: Builder, side: Side, part: Tree): Promise<HTMLElement[] | null> {
  const change = hasBefore(side) ? changeOf(part) : null;
  if (change) return changeInputs(builder, side, part, change.field, change.change, change.value);
  if (Object.keys(part).length === 1 && typeof part["expr"] === "string") return builder.options.formulas && !side.isInner ? [formula(builder, part, "expr")] : null;
  const leaf = negated(part) ?? part;
  if (typeof leaf["field"] !== "string") return null;
  const found = await pathInput(builder, side, leaf["field"], (to, field) => {
    for (const name of Object.keys(part)) delete part[name];
    Object.assign(part, { field: to, op: field.operators[0], value: null });
    builder.draw();
  });
  if (!found || !found.field.operators.includes(String(leaf["op"]))) return null;
  const values = valueInputs(builder, side, leaf, found.field);
  return values && [...found.selects, operators(builder, side, part, found.field, `${leaf === part ? "" : NOT}${String(leaf["op"])}`), ...values];
}

const hasBefore = (side: Side): boolean => side.catalogue.roots.some((each) => each.key === "before");

function operators(builder: Builder, side: Side, part: Tree, field: Field, op: string): HTMLSelectElement {
  const path = String((negated(part) ?? part)["field"] ?? changeOf(part)?.field);
  const mayChange = hasBefore(side) && !path.includes(".") && field.operators.includes("is_not");
  const turned = NEGATED.filter((each) => field.operators.includes(each)).map((each) => NOT + each);
  const named = [...field.operators.flatMap((each) => [each, ...turned.filter((other) => other === NOT + each)]), ...(mayChange ? CHANGES : [])];
  const listed = (named.includes(op) ? named : [...named, op]).map((each): [string, string] => [each, operatorWord(each, field)]);
  const made = builder.select(listed, op, t("Comparison"));
  made.addEventListener("change", () => {
    const kept = changeOf(part)?.value ?? (negated(part) ?? part)["value"];
    const value = isTree(kept) ? null : (kept ?? null);
    const [now, before] = [made.value, op].map((each) => each.replace(NOT, "")) as [string, string];
    if ((CHANGES as string[]).includes(made.value)) changing(part, { change: made.value as Change, field: path, value });
    else {
      for (const name of Object.keys(part)) delete part[name];
      const leaf = { field: path, op: now, ...(now.endsWith("_empty") ? {} : { value: now === before ? (kept ?? null) : now === "within" ? { last: 7, unit: "day" } : fits(before, now) ? value : null }) };
      Object.assign(part, now === made.value ? leaf : { not: leaf });
    }
    builder.draw();
  });
  return made;
}

// What has no opposite of its own among the comparisons.
const NEGATED = ["contains", "starts_with", "between", "has", "has_any", "has_all", "within"];
// A single value is one for every comparison with a single value.
const SINGLE = ["is", "is_not", "gt", "gte", "lt", "lte", "contains", "starts_with", ...CHANGES] as string[];
const fits = (before: string, after: string): boolean => SINGLE.includes(before) && SINGLE.includes(after);

// "Stage changes to Won": two comparisons that are one sentence.
async function changeInputs(builder: Builder, side: Side, part: Tree, key: string, change: Change, value: unknown): Promise<HTMLElement[] | null> {
  const found = await pathInput(builder, side, key, (to, field) => {
    for (const name of Object.keys(part)) delete part[name];
    Object.assign(part, { field: to, op: field.operators[0], value: null });
    builder.draw();
  });
  if (!found) return null;
  const selects = [...found.selects.slice(0, 1), operators(builder, side, part, found.field, change)];
  if (change === "changed") return selects;
  const shown: Tree = { field: key, op: "is", value };
  const told = Object.create(builder) as Builder;
  told.write = (): void => {
    changing(part, { change, field: key, value: shown["value"] });
    builder.write();
  };
  Object.defineProperty(told, "options", { value: { ...builder.options, formulas: false } });
  const values = valueInputs(told, { ...side, catalogue: { ...side.catalogue, settings: [] } }, shown, found.field);
  return values && [...selects, ...values];
}

// "has at least 1 task that fits: …"; the conditions are about the records over there.
export async function related(builder: Builder, side: Side, part: Tree, path: string, remove: () => void, group: (inner: Side, tree: Tree, place: string, drop: () => void) => Promise<HTMLElement>): Promise<HTMLElement | null> {
  const rule = part["has"];
  if (!isTree(rule) || Object.keys(part).length > 1) return null;
  const relation = side.catalogue.relations.find((each) => each.key === rule["relation"]);
  const next = relation ? await builder.of(relation.target) : null;
  if (!relation || !next) return null;
  const count = isTree(rule["count"]) ? rule["count"] : { op: "gte", value: 1 };
  const write = (changed: Tree): void => {
    rule["count"] = { ...count, ...changed };
    builder.write();
  };
  const names = builder.select(side.catalogue.relations.map((each) => [each.key, each.label]), relation.key, t("Related records"));
  names.addEventListener("change", () => {
    part["has"] = { relation: names.value, ...(rule["count"] ? { count: rule["count"] } : {}) };
    builder.draw();
  });
  const how = builder.select(counts(), String(count["op"] ?? "gte"), t("How many"));
  how.addEventListener("change", () => write({ op: how.value, value: number() }));
  const many = element("input", { class: "form-control is-short", type: "number", min: "0", step: "1", inputmode: "numeric", value: String(count["value"] ?? 1), "aria-label": t("Number") });
  const number = (): number => Math.max(0, Math.trunc(Number(many.value)) || 0);
  many.addEventListener("input", () => write({ op: how.value, value: number() }));
  const box = element("fieldset", { class: "condition-group is-related" });
  box.append(element("div", { class: "row-line" }, element("span", {}, t("There are")), how, many, names, builder.tool(takeAway(), "x", remove)));
  if (!has(rule, "if") || !isTree(rule["if"])) {
    box.append(builder.button(t("that fit …"), "plus", () => {
      rule["if"] = { all: [builder.fresh({ catalogue: next, isInner: true })] };
      builder.draw();
    }));
  } else box.append(await group({ catalogue: { ...next, roots: [] }, isInner: true }, rule["if"], `${path ? `${path}/` : ""}has/if`, () => {
      delete rule["if"];
      builder.draw();
    }));
  box.append(problemPlace(path));
  return box;
}
