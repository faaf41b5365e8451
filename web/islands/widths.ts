// Columns as wide as their view says: the heads carry data-width in pixels. Rows that come later get the same.
export function mount(table: HTMLElement): () => void {
  const set = (): void => {
    for (const head of table.querySelectorAll<HTMLTableCellElement>("th[data-width]")) widen(table, head, Number(head.dataset["width"]));
  };
  set();
  table.addEventListener("htmx:afterSwap", set);
  return () => table.removeEventListener("htmx:afterSwap", set);
}

export function widen(table: HTMLElement, head: HTMLTableCellElement, pixels: number): void {
  const width = `${pixels}px`;
  for (const row of table.querySelectorAll<HTMLTableRowElement>("tr:not(.group-row, .group-more)")) {
    const cell = row.cells[head.cellIndex];
    if (cell) Object.assign(cell.style, { width, minWidth: width, maxWidth: width, overflow: cell === head ? "" : "hidden", textOverflow: "ellipsis" });
  }
}
