// The page of a record: a click on a value changes it in its place, Esc takes it back.
interface Options {
  url: string;
}

export function mount(root: HTMLElement, _options: Options): () => void {
  const click = (event: Event): void => {
    const target = event.target as HTMLElement;
    if (target.closest("a, button, input, select, textarea, form")) return;
    target.closest(".detail.may-edit")?.querySelector<HTMLElement>(".detail-edit")?.click();
  };
  const key = (event: KeyboardEvent): void => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>("form[data-inline]");
    if (!form || event.key !== "Escape") return;
    event.stopPropagation();
    form.querySelector<HTMLElement>("[data-cancel]")?.click();
  };
  const focus = (event: Event): void => {
    const form = (event.target as HTMLElement).closest?.("form[data-inline]") ?? (event.target as HTMLElement).querySelector?.("form[data-inline]");
    form?.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select")?.focus();
  };
  root.addEventListener("click", click);
  root.addEventListener("keydown", key);
  root.addEventListener("htmx:load", focus);
  return () => {
    root.removeEventListener("click", click);
    root.removeEventListener("keydown", key);
    root.removeEventListener("htmx:load", focus);
  };
}
