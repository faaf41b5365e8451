// {key} in a formula and {{key}} in a text are drawn as chips with the field's label; one Backspace takes a chip away.
import { RangeSetBuilder, StateEffect, StateField, type Extension } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";
import { t } from "../shared/text";

export type Kind = "expr" | "text";
export interface Wrong {
  from: number;
  to: number;
}

export const setLabels = StateEffect.define<Map<string, string>>();
export const setWrong = StateEffect.define<Wrong[]>();

const PATTERNS: Record<Kind, RegExp> = {
  expr: /\{([A-Za-z]\w*(?:\.\w+)*)\}/g,
  text: /\{\{\s*([A-Za-z]\w*(?:\.\w+)*)\s*(\|[^{}]*)?\}\}/g,
};

export function pathsIn(text: string, kind: Kind): string[] {
  return [...text.matchAll(PATTERNS[kind])].map((found) => found[1] ?? "");
}

class Chip extends WidgetType {
  constructor(
    private readonly path: string,
    private readonly label: string | undefined, // undefined: nobody knows it
    private readonly filter: string,
    private readonly size: number,
  ) {
    super();
  }

  override eq(other: Chip): boolean {
    return this.path === other.path && this.label === other.label && this.filter === other.filter && this.size === other.size;
  }

  override toDOM(view: EditorView): HTMLElement {
    const chip = document.createElement("span");
    chip.className = this.label === undefined ? "formula-chip is-unknown" : "formula-chip";
    chip.textContent = (this.label ?? this.path) + (this.filter ? ` · ${this.filter.slice(1)}` : "");
    chip.title = this.label === undefined ? t("There is no field {name}.", { name: this.path }) : `{${this.path}}`;
    chip.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const from = view.posAtDOM(chip);
      view.dispatch({ selection: { anchor: from, head: from + this.size } });
      view.focus();
    });
    return chip;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

interface Drawing {
  labels: Map<string, string> | null; // null: not known yet
  set: DecorationSet;
}

export function chips(kind: Kind): Extension {
  const draw = (text: string, labels: Map<string, string> | null): Drawing => {
    const found = new RangeSetBuilder<Decoration>();
    for (const match of text.matchAll(PATTERNS[kind])) {
      const path = match[1] ?? "";
      const label = labels ? labels.get(path) : path;
      const widget = new Chip(path, label, (match[2] ?? "").trim(), match[0].length);
      found.add(match.index, match.index + match[0].length, Decoration.replace({ widget }));
    }
    return { labels, set: found.finish() };
  };
  const field = StateField.define<Drawing>({
    create: (state) => draw(state.doc.toString(), null),
    update(value, change) {
      const given = change.effects.find((each) => each.is(setLabels));
      if (!given && !change.docChanged) return value;
      return draw(change.state.doc.toString(), given ? (given.value as Map<string, string>) : value.labels);
    },
    provide: (self) => [EditorView.decorations.from(self, (value) => value.set), EditorView.atomicRanges.of((view) => view.state.field(self).set)],
  });
  return field;
}

const WRONG = { class: "formula-wrong" };

// What is wrong is underlined where it stands; the sentence is told below the input.
export function wrongMarks(): Extension {
  return StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(value, change) {
      for (const effect of change.effects) {
        if (!effect.is(setWrong)) continue;
        const found = effect.value.filter((each) => each.from < each.to).sort((a, b) => a.from - b.from);
        return Decoration.set(found.map((each) => Decoration.mark(WRONG).range(each.from, Math.min(each.to, change.state.doc.length))), true);
      }
      return value.map(change.changes);
    },
    provide: (self) => EditorView.decorations.from(self),
  });
}
