// Columns as wide as their view says: the heads carry data-width in pixels.
export function mount(table: HTMLElement): void {
  for (const head of table.querySelectorAll<HTMLTableCellElement>("th[data-width]")) {
    const width = `${Number(head.dataset["width"])}px`;
    for (const row of table.querySelectorAll<HTMLTableRowElement>("tr:not(.group-row)")) {
      const cell = row.cells[head.cellIndex];
      if (cell) Object.assign(cell.style, { width, minWidth: width, maxWidth: width, overflow: "hidden", textOverflow: "ellipsis" });
    }
  }
}
