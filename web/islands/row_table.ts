// A table of rows inside a form: rows are added, copied, taken away and put back; totals follow what is typed.
import { enhanceSelects } from "./shared/selects";

interface Options {
  maximum: number;
}

export function mount(root: HTMLElement, options: Options): () => void {
  const body = root.querySelector<HTMLElement>("[data-rows]") as HTMLElement;
  const blank = root.querySelector<HTMLTemplateElement>("[data-blank-row]");
  const lines = (): HTMLElement[] => [...body.querySelectorAll<HTMLElement>("[data-row-line]")];
  const alive = (): HTMLElement[] => lines().filter((line) => !line.classList.contains("is-gone"));
  let next = lines().length;

  const tell = (): void => {
    alive().forEach((line, place) => {
      for (const number of line.querySelectorAll("[data-row-number]")) number.textContent = String(place + 1);
    });
    root.querySelector<HTMLElement>("[data-no-rows]")?.toggleAttribute("hidden", lines().length > 0);
    const full = options.maximum > 0 && alive().length >= options.maximum;
    root.querySelector("[data-add-row]")?.toggleAttribute("disabled", full);
    addUp();
    root.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const addUp = (): void => {
    for (const total of root.querySelectorAll<HTMLOutputElement>("[data-total]")) {
      const cells = alive().map((line) => line.querySelector(`[data-column="${total.dataset["total"]}"]`));
      const sum = cells.reduce((all, cell) => all + number(cell), 0);
      total.textContent = sum.toFixed(Number(total.dataset["decimals"] ?? 0));
    }
  };
  const add = (after: HTMLElement | null): HTMLElement | null => {
    const pattern = blank?.content.firstElementChild;
    if (!pattern) return null;
    const line = pattern.cloneNode(true) as HTMLElement;
    renumber(line, String(next++));
    if (after) after.after(line);
    else body.append(line);
    return line;
  };
  const begin = (line: HTMLElement | null, focus: boolean): void => {
    if (!line) return;
    enhanceSelects(line);
    tell();
    if (focus) inputs(line)[0]?.focus();
  };
  const copy = (source: HTMLElement): void => {
    const line = add(source);
    if (!line) return;
    for (const cell of source.querySelectorAll<HTMLElement>("[data-column]")) {
      const twin = line.querySelector<HTMLElement>(`[data-column="${cell.dataset["column"]}"]`);
      if (twin) copyCell(cell, twin);
    }
    touched(line);
    begin(line, true);
  };
  const drop = (line: HTMLElement): void => {
    const gone = line.querySelector<HTMLInputElement>("[data-gone]");
    const near = (line.nextElementSibling ?? line.previousElementSibling) as HTMLElement | null;
    if (gone) {
      gone.value = "1";
      line.classList.add("is-gone");
    } else line.remove();
    tell();
    const back = gone ? line.querySelector<HTMLElement>("[data-keep-row]") : null;
    (back ?? near?.querySelector<HTMLElement>("[data-drop-row]") ?? root.querySelector<HTMLElement>("[data-add-row]"))?.focus();
  };
  const keep = (line: HTMLElement): void => {
    const gone = line.querySelector<HTMLInputElement>("[data-gone]");
    if (gone) gone.value = "";
    line.classList.remove("is-gone");
    tell();
    inputs(line)[0]?.focus();
  };

  const click = (event: Event): void => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("button");
    const line = button?.closest<HTMLElement>("[data-row-line]");
    if (button?.dataset["addRow"] !== undefined) begin(add(null), true);
    else if (!line || !button) return;
    else if (button.dataset["copyRow"] !== undefined) copy(line);
    else if (button.dataset["dropRow"] !== undefined) drop(line);
    else if (button.dataset["keepRow"] !== undefined) keep(line);
  };
  const input = (event: Event): void => {
    const line = (event.target as HTMLElement).closest<HTMLElement>("[data-row-line]");
    if (!line) return;
    touched(line);
    addUp();
  };
  // Enter goes to the same column of the next row, and makes one behind the last, as in a sheet; it never sends the form from here.
  const key = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || !target.matches("[data-column] input:not([type=checkbox])") || target.closest(".ts-wrapper")) return;
    event.preventDefault();
    const line = target.closest<HTMLElement>("[data-row-line]") as HTMLElement;
    const column = target.closest<HTMLElement>("[data-column]")?.dataset["column"];
    const shown = alive();
    const below = shown[shown.indexOf(line) + 1];
    if (below) below.querySelector<HTMLElement>(`[data-column="${column}"] input:not([type=hidden])`)?.focus();
    else if (!root.querySelector("[data-add-row][disabled]")) begin(add(null), true);
  };
  root.addEventListener("click", click);
  root.addEventListener("input", input);
  root.addEventListener("change", input);
  root.addEventListener("keydown", key);
  root.addEventListener("rows-computed", addUp);
  return () => {
    root.removeEventListener("click", click);
    root.removeEventListener("input", input);
    root.removeEventListener("change", input);
    root.removeEventListener("keydown", key);
    root.removeEventListener("rows-computed", addUp);
  };
}

// A new row in which something was entered is a row that counts.
function touched(line: HTMLElement): void {
  line.querySelector("[data-blank]")?.remove();
}

function renumber(line: HTMLElement, number: string): void {
  for (const each of [line, ...line.querySelectorAll<HTMLElement>("*")])
    for (const name of ["name", "id", "for", "aria-describedby", "aria-labelledby"]) {
      const value = each.getAttribute(name);
      if (value?.includes(".__n__.")) each.setAttribute(name, value.replaceAll(".__n__.", `.${number}.`));
    }
}

function inputs(line: HTMLElement): HTMLElement[] {
  const found = [...line.querySelectorAll<HTMLElement>("[data-column] input:not([type=hidden]), [data-column] select, [data-column] textarea, [data-column] .ts-control")];
  return found.filter((each) => each.offsetParent !== null && !each.matches(".tomselected") && !(each as HTMLInputElement).disabled);
}

function copyCell(from: HTMLElement, to: HTMLElement): void {
  const [source, target] = [from, to].map((cell) => cell.querySelector<HTMLInputElement | HTMLSelectElement>("select, textarea, input:not([type=hidden])"));
  if (!source || !target) return;
  if (source instanceof HTMLSelectElement && target instanceof HTMLSelectElement) {
    const chosen = [...source.selectedOptions].map((option) => option.value);
    for (const option of source.selectedOptions)
      if (![...target.options].some((each) => each.value === option.value)) target.append(new Option(option.text, option.value));
    for (const option of target.options) {
      option.selected = chosen.includes(option.value);
      option.toggleAttribute("selected", option.selected);
    }
  } else if (source instanceof HTMLInputElement && source.type === "checkbox") (target as HTMLInputElement).checked = source.checked;
  else target.value = source.value;
}

function number(cell: Element | null): number {
  const input = cell?.querySelector<HTMLInputElement>("input:not([type=hidden])");
  const text = input ? input.value : (cell?.querySelector("output")?.textContent ?? "");
  const found = Number(text.replaceAll(",", "").trim());
  return Number.isFinite(found) ? found : 0;
}
