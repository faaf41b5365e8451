// Days and periods.
import { t } from "../shared/text";
import { type Builder, valueInput } from "./builder";
import { type Field } from "./catalogue";
import { isTree, type Tree } from "./tree";

export function moment(builder: Builder, part: Tree, field: Field): HTMLElement[] {
  const value = part["value"];
  const kind = isTree(value) ? `@${String(value["var"])}` : "day";
  const picks: [string, string][] = [["day", t("a day")], ["@today", t("today")], ...(field.kind === "datetime" ? ([["@now", t("now")]] as [string, string][]) : [])];
  if (!picks.some(([key]) => key === kind)) picks.push([kind, kind.slice(1)]);
  const pick = builder.select(picks, kind, t("Value"));
  const day = valueInput(t("Day"), typeof value === "string" ? value.slice(0, 10) : "", { type: "date" });
  day.hidden = kind !== "day";
  pick.addEventListener("change", () => {
    day.hidden = pick.value !== "day";
    part["value"] = pick.value === "day" ? day.value || null : { var: pick.value.slice(1) };
    builder.write();
  });
  day.addEventListener("input", () => {
    part["value"] = day.value || null;
    builder.write();
  });
  return [pick, day];
}

export function period(builder: Builder, part: Tree, value: Tree): HTMLElement[] {
  const way = "this" in value ? "this" : "next" in value ? "next" : "last";
  const ways = builder.select([["last", t("the last")], ["next", t("the next")], ["this", t("this")]], way, t("Which time"));
  const count = valueInput(t("How many"), String(way === "this" ? 7 : (value[way] ?? 7)), { inputmode: "numeric" });
  count.classList.add("is-short");
  count.hidden = way === "this";
  const units: [string, string][] = [["day", t("days")], ["week", t("weeks")], ["month", t("months")], ["quarter", t("quarters")], ["year", t("years")]];
  const chosen = String(way === "this" ? value["this"] : (value["unit"] ?? "day"));
  if (!units.some(([key]) => key === chosen)) units.push([chosen, chosen]);
  const unit = builder.select(units, chosen, t("Unit"));
  const read = (): void => {
    count.hidden = ways.value === "this";
    part["value"] = ways.value === "this" ? { this: unit.value } : { [ways.value]: Math.max(1, Number.parseInt(count.value, 10) || 1), unit: unit.value };
    builder.write();
  };
  for (const each of [ways, unit]) each.addEventListener("change", read);
  count.addEventListener("input", read);
  return [ways, count, unit];
}
