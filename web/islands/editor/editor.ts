// An editor over a plain input: the input keeps the value and its events, the editor shows chips, completions and problems.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Compartment, EditorSelection, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { t } from "../shared/text";
import { chips, type Kind, pathsIn, setLabels, setWrong, wrongMarks } from "./chips";
import { completer } from "./complete";
import { moreLabels, type Names, namesAt, type Place } from "./names";
import { adoptStyles } from "./styles";

export type Area = HTMLInputElement | HTMLTextAreaElement;
export interface Problem {
  position: number;
  length: number;
}
export interface Editor {
  view: EditorView;
  insert(text: string, caretBack?: number): void;
  commit(): void;
  tell(problems: Problem[], labels?: Record<string, string>): void;
  select(from: number, to: number): void;
}

adoptStyles();

export function openEditor(area: Area, kind: Kind, place: Place): Editor {
  const isLong = area instanceof HTMLTextAreaElement;
  let names: Names | null = null;
  let committed = area.value;
  const commit = (): void => {
    if (area.value === committed) return;
    committed = area.value;
    area.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const isOn = (text: string): boolean => !place.prefix || text.startsWith(place.prefix);
  const described = new Compartment();
  const view = new EditorView({
    state: EditorState.create({
      doc: area.value,
      extensions: [
        history(),
        keymap.of(completionKeymap),
        isLong ? [] : keymap.of([{ key: "Enter", run: () => (commit(), true) }]),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
        kind === "expr" ? [closeBrackets(), EditorState.languageData.of(() => [{ closeBrackets: { brackets: ["("] } }])] : [],
        autocompletion({ override: [completer(kind, () => names, isOn)], icons: false, interactionDelay: 0, maxRenderedOptions: 60 }),
        chips(kind),
        wrongMarks(),
        EditorView.lineWrapping,
        isLong ? [] : oneLine,
        braces,
        area.placeholder ? placeholder(area.placeholder) : [],
        EditorView.editorAttributes.of({ class: `formula-editor${area.classList.contains("mono") ? " mono" : ""}${isLong ? " is-long" : ""}` }),
        described.of(EditorView.contentAttributes.of(attributesOf(area, isLong))),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          area.dispatchEvent(new Event("input", { bubbles: true }));
          void learn();
        }),
        EditorView.domEventHandlers({ blur: () => void setTimeout(commit) }),
      ],
    }),
  });
  area.after(view.dom);
  area.hidden = true;
  for (const label of area.labels ?? []) label.addEventListener("click", () => view.focus());

  async function learn(): Promise<void> {
    if (!names) return;
    const asked = names.labels;
    const strange = [...new Set(pathsIn(area.value, kind))].filter((path) => !asked.has(path) && path.includes("."));
    if (!strange.length) return;
    for (const [path, label] of Object.entries(await moreLabels(place, strange))) asked.set(path, label);
    view.dispatch({ effects: setLabels.of(asked) });
  }
  void namesAt(place).then((found) => {
    names = found;
    view.dispatch({ effects: setLabels.of(found.labels) });
    void learn();
  });

  return {
    view,
    commit,
    insert(text, caretBack = 0) {
      const { from, to } = view.hasFocus ? view.state.selection.main : EditorSelection.cursor(view.state.doc.length);
      view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length - caretBack }, userEvent: "input" });
      view.focus();
    },
    tell(problems) {
      const text = view.state.doc.toString();
      const at = (count: number): number => [...text].slice(0, count).join("").length;
      const wrong = problems.map((each) => ({ from: at(each.position), to: at(each.position + Math.max(1, each.length)) }));
      view.dispatch({ effects: [setWrong.of(wrong), described.reconfigure(EditorView.contentAttributes.of(attributesOf(area, isLong, problems.length > 0)))] });
    },
    select(from, to) {
      const text = view.state.doc.toString();
      const at = (count: number): number => Math.min([...text].slice(0, count).join("").length, text.length);
      view.focus();
      view.dispatch({ selection: { anchor: at(from), head: at(to) } });
    },
  };
}

const oneLine: Extension = EditorState.transactionFilter.of((change) => {
  if (!change.docChanged || change.newDoc.lines === 1) return change;
  const text = change.newDoc.toString().replace(/\s*\n\s*/g, " ");
  return [{ changes: { from: 0, to: change.startState.doc.length, insert: text }, selection: { anchor: text.length } }];
});

// Braces of a Chinese keyboard are braces.
const braces: Extension = EditorView.inputHandler.of((view, from, to, text) => {
  const plain = text.replace(/｛/gu, "{").replace(/｝/gu, "}");
  if (plain === text) return false;
  view.dispatch({ changes: { from, to, insert: plain }, selection: { anchor: from + plain.length }, userEvent: "input.type" });
  return true;
});

function attributesOf(area: Area, isLong: boolean, isWrong = false): Record<string, string> {
  const around = area.labels?.[0];
  const label = around?.contains(area) ? around.querySelector<HTMLElement>("span") : around;
  if (label && !label.id) label.id = `${area.id}-label`;
  const named: Record<string, string> = label ? { "aria-labelledby": label.id } : { "aria-label": area.getAttribute("aria-label") ?? t("Formula") };
  const told = area.getAttribute("aria-describedby");
  return {
    id: `${area.id}-editor`,
    "data-editor-of": area.id,
    "aria-multiline": String(isLong),
    "aria-autocomplete": "list",
    ...(isWrong ? { "aria-invalid": "true" } : {}),
    ...(told ? { "aria-describedby": told } : {}),
    ...named,
  };
}
