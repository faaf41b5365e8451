// The left side of a line: a field, or one behind relations, of what was before the change, of the item, of a step.
import { atRest } from "../shared/selects";
import { t } from "../shared/text";
import { type Builder, type Side } from "./builder";
import { type Catalogue, type Field } from "./catalogue";

const MOST_STEPS = 3;

export interface Found {
  field: Field;
  selects: HTMLSelectElement[];
}

// Follows a path; null when it leads where the builder cannot follow. choose: another path was picked.
export async function pathInput(builder: Builder, side: Side, path: string, choose: (path: string, field: Field) => void): Promise<Found | null> {
  const whole = path.includes(".") ? side.catalogue.fields.find((each) => each.key === path) : undefined;
  if (whole) return { field: whole, selects: [oneSelect(builder, side.catalogue, true, "", path, choose)] };
  const selects: HTMLSelectElement[] = [];
  let here: Catalogue = side.catalogue;
  let [rest, before] = [path, ""];
  const root = here.roots.find((each) => path === each.key || path.startsWith(`${each.key}.`));
  for (let depth = 0; depth <= MOST_STEPS + 1; depth += 1) {
    const isFirst = depth === 0;
    const key = isFirst && root && path.startsWith(`${root.key}.`) && root.target ? root.key : (rest.split(".")[0] ?? "");
    const leads = key !== rest;
    const field = here.fields.find((each) => each.key === (isFirst && root && !leads ? rest : key));
    if (!field && !(isFirst && root)) return null;
    selects.push(oneSelect(builder, here, isFirst, before, isFirst && root && leads ? key : (field?.key ?? key), choose));
    const target = isFirst && root && leads ? root.target : field?.target;
    if (!leads) {
      if (!field) return null;
      if (field.target && depth < MOST_STEPS) {
        const next = await builder.of(field.target);
        if (next) selects.push(further(builder, next, before + key, field, choose));
      }
      return { field, selects };
    }
    const next = target ? await builder.of(target) : null;
    if (!next) return null;
    before = `${before}${key}.`;
    rest = rest.slice(key.length + 1);
    here = { ...next, roots: [] };
  }
  return null;
}

function oneSelect(builder: Builder, here: Catalogue, isFirst: boolean, before: string, key: string, choose: (path: string, field: Field) => void): HTMLSelectElement {
  const options = here.fields.map((each): [string, string] => [each.key, each.label]);
  const roots = isFirst ? here.roots.filter((each) => each.target).map((each): [string, string] => [each.key, `${each.label} ›`]) : [];
  const made = builder.select([...options, ...roots], key, isFirst ? t("Field") : t("Field behind it"));
  if (options.length > 10) made.dataset["search"] = "";
  made.addEventListener("change", () =>
    atRest(made, () => {
      const root = isFirst ? here.roots.find((each) => each.key === made.value && each.target) : undefined;
      if (root) return void builder.of(root.target)?.then((next) => next.fields[0] && choose(`${root.key}.${next.fields[0].key}`, next.fields[0]));
      const field = here.fields.find((each) => each.key === made.value);
      if (field) choose(before + field.key, field);
    }),
  );
  return made;
}

// Behind a relation to one: its own value, or one of the fields over there.
function further(builder: Builder, next: Catalogue, before: string, field: Field, choose: (path: string, field: Field) => void): HTMLSelectElement {
  const made = builder.select([["", t("itself")], ...next.fields.map((each): [string, string] => [each.key, `› ${each.label}`])], "", t("Field behind it"));
  if (next.fields.length > 10) made.dataset["search"] = "";
  made.addEventListener("change", () =>
    atRest(made, () => {
      const found = next.fields.find((each) => each.key === made.value);
      if (found) choose(`${before}.${found.key}`, found);
      else choose(before, field);
    }),
  );
  return made;
}
