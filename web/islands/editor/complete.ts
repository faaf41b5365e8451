// While typing: fields by their labels after a brace or by the first letters, functions with what they do and an example.
import { type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { type EditorView } from "@codemirror/view";
import { element } from "../shared/dom";
import { type Kind } from "./chips";
import { type Func, type Name, type Names } from "./names";

const MOST = 60;
const WORD = /[{｛]{0,2}[^{}｛｝()（）,，;；=<>＝＞＜+\-*/×÷&＆^%"“”'‘’#\s]*$/u;
const IN_TEXT = /[{｛]{1,2}[^{}｛｝]*$/u;

export function completer(kind: Kind, names: () => Names | null, isOn: (text: string) => boolean) {
  return (context: CompletionContext): CompletionResult | null => {
    const all = names();
    const before = context.state.sliceDoc(0, context.pos);
    if (!all || !isOn(context.state.doc.toString())) return null;
    const found = (kind === "expr" ? WORD : IN_TEXT).exec(before);
    if (!found || (found[0] === "" && !context.explicit)) return null;
    if (kind === "expr" && isInQuotes(before)) return null;
    const typed = found[0].replace(/^[{｛]+/u, "");
    const braced = typed.length < found[0].length;
    if (!braced && /^[\d.]/.test(typed)) return null;
    const from = context.pos - found[0].length;
    const options = [...fitting(all.fields, typed).map((each) => fieldOption(each, kind, from))];
    if (kind === "expr" && !braced) options.push(...functions(all.functions, typed).map((each) => functionOption(each, from)));
    return options.length ? { from, to: context.pos, options, filter: false } : null;
  };
}

function isInQuotes(before: string): boolean {
  return (before.match(/["“”]/gu) ?? []).length % 2 === 1;
}

function fitting(fields: Name[], typed: string): Name[] {
  const text = typed.toLowerCase();
  const starts = fields.filter((each) => each.label.toLowerCase().startsWith(text) || each.path.startsWith(text));
  const holds = fields.filter((each) => !starts.includes(each) && (each.label.toLowerCase().includes(text) || each.path.includes(text)));
  return [...starts, ...holds].slice(0, MOST);
}

function functions(all: Func[], typed: string): Func[] {
  const text = typed.toUpperCase();
  return all.filter((each) => each.name.toUpperCase().startsWith(text) || each.other.toUpperCase().startsWith(text)).slice(0, MOST);
}

function fieldOption(name: Name, kind: Kind, from: number): Completion {
  return {
    label: name.label,
    detail: name.path,
    type: "field",
    apply: (view, _completion, _from, to) => put(view, kind === "expr" ? `{${name.path}}` : `{{${name.path}}}`, from, to, true),
  };
}

function functionOption(func: Func, from: number): Completion {
  return {
    label: func.name,
    displayLabel: func.written,
    detail: func.other,
    type: "function",
    info: () =>
      element("div", { class: "completion-help" }, element("p", {}, func.help), ...func.examples.map(([written, result]) => element("p", {}, element("code", {}, written), " → ", element("code", {}, result)))),
    apply: (view, _completion, _from, to) => {
      put(view, `${func.name}()`, from, to, false);
      if (!func.written.endsWith("()")) view.dispatch({ selection: { anchor: from + func.name.length + 1 } });
    },
  };
}

// Closing braces that stand behind already are taken over.
function put(view: EditorView, text: string, from: number, to: number, braces: boolean): void {
  const behind = braces ? (/^[}｝]{1,2}/u.exec(view.state.sliceDoc(to, to + 2))?.[0].length ?? 0) : 0;
  view.dispatch({ changes: { from, to: to + behind, insert: text }, selection: { anchor: from + text.length }, userEvent: "input.complete" });
}
