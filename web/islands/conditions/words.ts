// The words of the sentences.
import { t } from "../shared/text";
import { type Field } from "./catalogue";

export const NOT = "not:"; // before a comparison that is turned round

export const isMoment = (field: Field | undefined): boolean => field?.kind === "date" || field?.kind === "datetime";

const plain = (): Record<string, string> => ({
  is: t("is"), is_not: t("is not"), in: t("is one of"), not_in: t("is none of"), gt: t("is more than"), gte: t("is at least"),
  lt: t("is less than"), lte: t("is at most"), between: t("is between"), contains: t("contains"), starts_with: t("starts with"),
  is_empty: t("is empty"), is_not_empty: t("is filled in"), has: t("has"), has_any: t("has any of"), has_all: t("has all of"), within: t("is within"),
  "not:contains": t("does not contain"), "not:starts_with": t("does not start with"), "not:between": t("is not between"), "not:has": t("does not have"),
  "not:has_any": t("has none of"), "not:has_all": t("does not have all of"), "not:within": t("is not within"),
  changed: t("has changed"), changes_to: t("changes to"), changed_from: t("changes from"),
});
const moments = (): Record<string, string> => ({ gt: t("is after"), gte: t("is on or after"), lt: t("is before"), lte: t("is on or before") });

export function operatorWord(operator: string, field: Field | undefined): string {
  const found = (isMoment(field) ? moments()[operator] : undefined) ?? plain()[operator];
  return found ?? (operator.startsWith(NOT) ? t("not: {comparison}", { comparison: operatorWord(operator.slice(NOT.length), field) }) : operator);
}

export const joints = (): [string, string][] => [
  ["all", t("All of these hold")],
  ["any", t("Any of these holds")],
  ["none", t("None of these holds")],
  ["not_all", t("Not all of these hold")],
];

export const counts = (): [string, string][] => [
  ["gte", t("at least")],
  ["lte", t("at most")],
  ["is", t("exactly")],
  ["gt", t("more than")],
  ["lt", t("less than")],
  ["is_not", t("not")],
];
