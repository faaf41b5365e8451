// Condition trees as they are kept. What is not touched stays exactly as it was.
export type Tree = Record<string, unknown>;
export type Joint = "all" | "any" | "none" | "not_all";

export const copy = (tree: Tree | null): Tree => JSON.parse(JSON.stringify(tree ?? {})) as Tree;
export const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);
export const has = (tree: unknown, name: string): tree is Tree => isTree(tree) && name in tree;

// The members of a group, and how they go together; null when the tree is no group.
export function groupOf(tree: Tree): { joint: Joint; parts: Tree[] } | null {
  const inner = has(tree, "not") && isTree(tree["not"]) ? tree["not"] : null;
  const holder = inner ?? tree;
  for (const word of ["all", "any"] as const) {
    if (Array.isArray(holder[word]) && Object.keys(holder).length === 1) {
      const joint: Joint = inner ? (word === "any" ? "none" : "not_all") : word;
      return { joint, parts: holder[word] as Tree[] };
    }
  }
  return null;
}

export function joined(tree: Tree, joint: Joint, parts: Tree[]): void {
  for (const name of Object.keys(tree)) delete tree[name];
  if (joint === "all" || joint === "any") tree[joint] = parts;
  else tree["not"] = joint === "none" ? { any: parts } : { all: parts };
}

// The one comparison that a condition turns round.
export function negated(tree: Tree): Tree | null {
  return Object.keys(tree).length === 1 && isTree(tree["not"]) && typeof tree["not"]["field"] === "string" ? tree["not"] : null;
}

// Two conditions that together say how one field changes, and the sentence they are.
export type Change = "changed" | "changes_to" | "changed_from";
export interface Changing {
  change: Change;
  field: string;
  value?: unknown;
}

export function changeOf(tree: Tree): Changing | null {
  const compared = isTree(tree["value"]) ? tree["value"]["expr"] : undefined;
  if (tree["op"] === "is_not" && compared === `{before.${String(tree["field"])}}`) return { change: "changed", field: String(tree["field"]) };
  const pair = tree["all"];
  if (!Array.isArray(pair) || pair.length !== 2 || Object.keys(tree).length !== 1 || !pair.every(isTree)) return null;
  const [first, second] = pair as [Tree, Tree];
  if (first["op"] !== "is" || second["op"] !== "is_not" || JSON.stringify(first["value"]) !== JSON.stringify(second["value"])) return null;
  const [one, other] = [String(first["field"]), String(second["field"])];
  if (other === `before.${one}`) return { change: "changes_to", field: one, value: first["value"] };
  if (one === `before.${other}`) return { change: "changed_from", field: other, value: first["value"] };
  return null;
}

export function changing(tree: Tree, { change, field, value }: Changing): void {
  for (const name of Object.keys(tree)) delete tree[name];
  const now = { field, op: "is", value: value ?? null };
  if (change === "changed") Object.assign(tree, { field, op: "is_not", value: { expr: `{before.${field}}` } });
  else if (change === "changes_to") tree["all"] = [now, { ...now, field: `before.${field}`, op: "is_not" }];
  else tree["all"] = [{ ...now, field: `before.${field}` }, { ...now, op: "is_not" }];
}
