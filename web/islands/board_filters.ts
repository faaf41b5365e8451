// The filters of a dashboard: whoever writes a day means the free period. What is chosen is sent by htmx.
export function mount(root: HTMLElement): () => void {
  const typed = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const radio = input.type === "date" ? input.closest("fieldset")?.querySelector<HTMLInputElement>("[data-dates]") : null;
    if (radio) radio.checked = true;
  };
  root.addEventListener("input", typed);
  return () => root.removeEventListener("input", typed);
}
