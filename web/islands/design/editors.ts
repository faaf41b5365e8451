// Which input has an editor over it. CodeMirror is loaded with the first one; until then, and without it, inputs are plain.
import { type Area, type Editor } from "../editor/editor";
import { type Kind } from "../editor/chips";
import { type Place } from "../editor/names";

const editors = new Map<Area, Editor>();
let loaded: typeof import("../editor/editor") | null = null;

interface Kept {
  id: string;
  text: string;
  anchor: number;
  head: number;
}
let kept: Kept | null = null;

export function editorOf(input: Element | null): Editor | undefined {
  return input ? editors.get(input as Area) : undefined;
}

export async function withEditor(area: Area, kind: Kind, place: Place): Promise<Editor> {
  loaded ??= await import("../editor/editor");
  return editors.get(area) ?? open(loaded, area, kind, place);
}

// At once when CodeMirror is there already, so that the focus is back before the next key.
export function startEditor(area: Area, kind: Kind, place: Place, then: (editor: Editor) => void): void {
  if (loaded) then(editors.get(area) ?? open(loaded, area, kind, place));
  else void withEditor(area, kind, place).then((editor) => then(editor));
}

function open(module: typeof import("../editor/editor"), area: Area, kind: Kind, place: Place): Editor {
  for (const [old, editor] of editors) {
    if (old.isConnected) continue;
    editor.view.destroy();
    editors.delete(old);
  }
  const editor = module.openEditor(area, kind, place);
  editors.set(area, editor);
  if (kept && kept.id === area.id) {
    const { text, anchor, head } = kept;
    kept = null;
    const now = editor.view.state.doc.toString();
    if (text !== now) editor.view.dispatch({ changes: { from: 0, to: now.length, insert: text } });
    const end = editor.view.state.doc.length;
    editor.view.dispatch({ selection: { anchor: Math.min(anchor, end), head: Math.min(head, end) } });
    editor.view.focus();
  }
  return editor;
}

// The editor that has the focus lives on when the page is drawn again.
export function keepEditor(): void {
  kept = null;
  for (const [area, editor] of editors) {
    if (!editor.view.hasFocus) continue;
    const { anchor, head } = editor.view.state.selection.main;
    kept = { id: area.id, text: editor.view.state.doc.toString(), anchor, head };
  }
}
