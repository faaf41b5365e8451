// Inputs that rules of a form fill in: as long as nobody has touched them, they hold what the server says (web/render/form_fill.py).
import type TomSelect from "tom-select";

export interface Fill {
  value: string | string[];
  options: [string, string][];
  text: string;
}

// What a person changes is left alone from then on; without its mark the server does the same.
export function watchTouches(form: HTMLElement): void {
  const touched = (event: Event): void => {
    const name = (event.target as HTMLInputElement).name;
    if (name) markOf(form, name)?.remove();
  };
  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
}

export function fillIn(form: HTMLElement, fills: Record<string, Fill>): void {
  for (const [name, fill] of Object.entries(fills)) {
    const mark = markOf(form, name);
    const value = JSON.stringify(fill.value);
    if (!mark || JSON.stringify(JSON.parse(mark.value)) === value) continue;
    mark.value = value;
    const item = mark.closest(".form-item");
    const input = item?.querySelector<HTMLInputElement>(`[name="${CSS.escape(name)}"]:not([type=hidden])`);
    if (input) hold(input, fill);
    else {
      const shown = item?.querySelector("output");
      if (shown) shown.textContent = fill.text || "–";
    }
  }
}

function markOf(form: HTMLElement, name: string): HTMLInputElement | null {
  return form.querySelector<HTMLInputElement>(`[data-auto="${CSS.escape(name)}"]`);
}

// Without events: it is not the person who does this.
function hold(input: HTMLInputElement, fill: Fill): void {
  const search = (input as unknown as { tomselect?: TomSelect }).tomselect;
  if (search) {
    for (const [value, text] of fill.options) search.addOption({ value, text });
    search.setValue(fill.value, true);
  } else if (input.type === "checkbox") input.checked = fill.value === "true";
  else input.value = String(fill.value);
}
