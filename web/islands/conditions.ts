// The rule builder: conditions that read like sentences over one hidden input with the condition tree as JSON. What is not
// touched stays exactly as it was; what cannot be edited here is told as a sentence and kept. The parts are in conditions/.
import { type Catalogue, catalogueAt } from "./conditions/catalogue";
import { Builder, type Options, problemPlace, type Side, takeAway } from "./conditions/builder";
import { line, related } from "./conditions/lines";
import { copy, groupOf, type Joint, joined, type Tree, changeOf } from "./conditions/tree";
import { joints } from "./conditions/words";
import { released } from "./design/held";
import { element, send } from "./shared/dom";
import { controlsIn, enhanceSelects, focusOn, placeOfFocus } from "./shared/selects";
import { t } from "./shared/text";
import { toast } from "./shared/toasts";

export function mount(root: HTMLElement, options: Options): void {
  root.setAttribute("aria-busy", "true");
  void catalogueAt(options.fields).then((catalogue) => new Rule(root, catalogue, options).draw(), () => failed(root));
}

function failed(root: HTMLElement): void {
  root.removeAttribute("aria-busy");
  toast({ message: t("Something went wrong. Please load the page again."), kind: "error" });
}

class Rule extends Builder {
  private readonly input: HTMLInputElement;
  private readonly side: Side;
  private tree: Tree;
  private round = 0;
  private timer = 0;
  private isNew = false;

  constructor(
    private readonly root: HTMLElement,
    catalogue: Catalogue,
    options: Options,
  ) {
    super(options);
    this.side = { catalogue, isInner: false };
    this.input = element("input", { type: "hidden", name: options.name });
    this.tree = copy(options.tree);
  }

  override draw(): void {
    this.root.setAttribute("aria-busy", "true");
    void this.drawn(++this.round).catch(() => failed(this.root));
  }

  override write(): void {
    this.input.value = JSON.stringify(this.tree);
    this.root.dispatchEvent(new CustomEvent("conditions-changed", { bubbles: true, detail: this.tree }));
    if (!this.options.check) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.check(), 400);
  }

  // What is looked up on the way may take a moment; an older drawing never comes after a newer one.
  private async drawn(round: number): Promise<void> {
    const list = element("div", { class: "conditions" });
    const group = this.group();
    if (group && group.parts.length > 1) list.append(this.jointChoice(this.tree, group.joint, group.parts));
    const parts = this.parts();
    for (const [number, part] of parts.entries()) {
      const path = group ? `${groupPath(group.joint)}/${number}` : "";
      list.append(await this.part(this.side, part, path, () => this.take(number)));
    }
    if (parts.length === 0) list.append(element("p", { class: "muted" }, t("No condition: everything fits.")));
    list.append(this.adders(this.side, (made) => this.add(made)));
    await released();
    if (round !== this.round) return;
    this.root.removeAttribute("aria-busy");
    const focused = placeOfFocus(this.root);
    this.root.replaceChildren(this.input, list);
    enhanceSelects(this.root);
    if (this.isNew) focusOn(controlsIn([...this.root.querySelectorAll<HTMLElement>(".condition")].at(-1))[0], true);
    else if (focused >= 0) focusOn(controlsIn(this.root).slice(0, focused + 1).at(-1));
    this.isNew = false;
    this.write();
  }

  private group(): { joint: Joint; parts: Tree[] } | null {
    return this.isChange(this.tree) ? null : groupOf(this.tree);
  }

  private isChange(tree: Tree): boolean {
    return this.side.catalogue.roots.some((each) => each.key === "before") && changeOf(tree) !== null;
  }

  private parts(): Tree[] {
    return this.group()?.parts ?? (Object.keys(this.tree).length ? [this.tree] : []);
  }

  private add(made: Tree): void {
    const parts = this.parts();
    if (this.group()) parts.push(made);
    else this.tree = parts.length ? { all: [this.tree, made] } : made;
    this.isNew = true;
    this.draw();
  }

  private take(number: number): void {
    const parts = this.parts();
    if (this.group()) parts.splice(number, 1);
    if (!this.group() || parts.length === 0) this.tree = {};
    this.draw();
  }

  private async part(side: Side, part: Tree, path: string, remove: () => void): Promise<HTMLElement> {
    const inner = this.isChange(part) && !side.isInner ? null : groupOf(part);
    if (inner) return this.box(side, part, inner, path, remove);
    if ("has" in part) {
      const found = await related(this, side, part, path, remove, (other, tree, place, drop) => this.nested(other, tree, place, drop));
      if (found) return found;
    }
    return line(this, side, part, path, remove);
  }

  // Conditions about related records: a group without a frame, or the one condition as it is kept.
  private async nested(side: Side, tree: Tree, path: string, drop: () => void): Promise<HTMLElement> {
    const inner = groupOf(tree);
    if (inner) return this.box(side, tree, inner, path, null);
    const box = element("div", { class: "condition-group is-bare" }, await this.part(side, tree, path, drop));
    box.append(this.adders(side, (made) => {
      const old = { ...tree };
      joined(tree, "all", [old, made]);
      this.draw();
    }));
    return box;
  }

  private async box(side: Side, part: Tree, inner: { joint: Joint; parts: Tree[] }, path: string, remove: (() => void) | null): Promise<HTMLElement> {
    const box = element("fieldset", { class: remove ? "condition-group" : "condition-group is-bare" });
    box.append(element("div", { class: "row-line" }, this.jointChoice(part, inner.joint, inner.parts), remove && this.tool(takeAway(), "x", remove)));
    for (const [number, each] of inner.parts.entries()) {
      const place = `${path ? `${path}/` : ""}${groupPath(inner.joint)}/${number}`;
      box.append(await this.part(side, each, place, () => {
        inner.parts.splice(number, 1);
        this.draw();
      }));
    }
    box.append(this.adders(side, (made) => {
      inner.parts.push(made);
      this.draw();
    }), problemPlace(path));
    return box;
  }

  private adders(side: Side, add: (made: Tree) => void): HTMLElement {
    const found = element("div", { class: "row-line condition-adders" }, this.button(t("Condition"), "plus", () => add(this.fresh(side))));
    const relation = side.catalogue.relations[0];
    if (this.options.formulas && !side.isInner) found.append(this.button(t("Formula"), "math-function", () => add({ expr: "" })));
    if (relation) found.append(this.button(t("Related records"), "list-details", () => add({ has: { relation: relation.key, count: { op: "gte", value: 1 } } })));
    found.append(this.button(t("Group"), "brackets-contain", () => add({ any: [this.fresh(side)] })));
    return found;
  }

  private jointChoice(tree: Tree, value: Joint, parts: Tree[]): HTMLElement {
    const made = this.select(joints(), value, t("How the conditions go together"));
    made.addEventListener("change", () => {
      joined(tree, made.value as Joint, parts);
      this.write();
    });
    return made;
  }

  // Problems stand below the line that they belong to.
  private async check(): Promise<void> {
    if (!this.options.check || !Object.keys(this.tree).length) return;
    const asked = JSON.stringify(this.tree);
    const answer = await send(this.options.check, { entity: this.options.entity, pick: this.options.pick, side: this.options.side, tree: this.tree }).catch(() => null);
    if (!answer?.ok || asked !== JSON.stringify(this.tree)) return;
    const { problems } = (await answer.json()) as { problems: { path: string; message: string }[] };
    await released(); // a line more would move what is just being pressed
    const places = [...this.root.querySelectorAll<HTMLElement>("[data-problem]")];
    for (const place of places) place.hidden = true;
    for (const problem of problems) {
      const fits = places.filter((each) => problem.path === each.dataset["problem"] || problem.path.startsWith(each.dataset["problem"] ? `${each.dataset["problem"]}/` : ""));
      const place = fits.sort((a, b) => (b.dataset["problem"]?.length ?? 0) - (a.dataset["problem"]?.length ?? 0))[0];
      if (!place) continue;
      place.textContent = problem.message;
      place.hidden = false;
    }
  }
}

function groupPath(joint: Joint): string {
  return { all: "all", any: "any", none: "not/any", not_all: "not/all" }[joint];
}
