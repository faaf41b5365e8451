// Columns whose right edge is dragged, or moved with the arrows; the width is set in the draft.
import { widen } from "./widths";

const [least, most, step] = [40, 800, 10];

export function mount(table: HTMLElement): () => void {
  for (const head of table.querySelectorAll<HTMLTableCellElement>("th[data-width]")) widen(table, head, Number(head.dataset["width"]));
  let timer = 0;
  const tell = (edge: HTMLElement, width: number | null): void => {
    const act = { op: "set", path: `${edge.dataset["edge"]}/width`, value: width };
    table.dispatchEvent(new CustomEvent("design-act", { bubbles: true, detail: { act } }));
  };
  const set = (edge: HTMLElement, width: number): number => {
    const head = edge.closest<HTMLTableCellElement>("th")!;
    const pixels = Math.round(Math.min(most, Math.max(least, width)));
    widen(table, head, pixels);
    edge.setAttribute("aria-valuenow", String(pixels));
    edge.setAttribute("aria-valuetext", String(pixels));
    return pixels;
  };
  const widthOf = (edge: HTMLElement): number => edge.closest("th")!.getBoundingClientRect().width;

  const down = (event: PointerEvent): void => {
    const edge = (event.target as HTMLElement).closest<HTMLElement>("[data-edge]");
    if (!edge || event.button !== 0) return;
    event.preventDefault();
    edge.setPointerCapture(event.pointerId);
    edge.focus();
    const [start, before] = [event.clientX, widthOf(edge)];
    let now = 0;
    const move = (moved: PointerEvent): void => {
      now = set(edge, before + moved.clientX - start);
    };
    const up = (): void => {
      edge.removeEventListener("pointermove", move);
      edge.removeEventListener("pointerup", up);
      if (now) tell(edge, now);
    };
    edge.addEventListener("pointermove", move);
    edge.addEventListener("pointerup", up);
  };
  const key = (event: KeyboardEvent): void => {
    const edge = (event.target as HTMLElement).closest<HTMLElement>("[data-edge]");
    if (!edge || event.altKey || event.ctrlKey || event.metaKey) return;
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (way === undefined && event.key !== "Delete") return;
    event.preventDefault();
    clearTimeout(timer);
    if (way === undefined) return tell(edge, null);
    const pixels = set(edge, widthOf(edge) + way * step * (event.shiftKey ? 5 : 1));
    timer = window.setTimeout(() => tell(edge, pixels), 400);
  };
  table.addEventListener("pointerdown", down);
  table.addEventListener("keydown", key);
  return () => {
    table.removeEventListener("pointerdown", down);
    table.removeEventListener("keydown", key);
  };
}
