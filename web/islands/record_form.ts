// The form of a record: asks the server which inputs its rules show, require or lock for what is entered now; warns before leaving.
import { csrfToken } from "./shared/dom";

interface Options {
  state: string;
}
interface ItemState {
  shown: boolean;
  required: boolean;
  read_only: boolean;
}

export function mount(form: HTMLElement, options: Options): () => void {
  const own = form as HTMLFormElement;
  let timer = 0;
  let round = 0;
  let dirty = false;

  const ask = async (): Promise<void> => {
    const mine = ++round;
    const answer = await fetch(options.state, { method: "POST", body: new FormData(own), headers: { "X-CSRFToken": csrfToken() } }).catch(() => null);
    if (!answer?.ok || mine !== round) return;
    apply(own, (await answer.json()) as Record<string, ItemState>);
  };
  const changed = (): void => {
    dirty = true;
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), 250);
  };
  const leave = (event: BeforeUnloadEvent): void => {
    if (dirty) event.preventDefault();
  };
  const submit = (): void => {
    dirty = false;
  };
  own.addEventListener("input", changed);
  own.addEventListener("change", changed);
  own.addEventListener("submit", submit);
  window.addEventListener("beforeunload", leave);
  own.querySelector<HTMLElement>("[data-first-error]")?.focus();
  return () => {
    clearTimeout(timer);
    window.removeEventListener("beforeunload", leave);
  };
}

function apply(form: HTMLElement, states: Record<string, ItemState>): void {
  for (const item of form.querySelectorAll<HTMLElement>("[data-item]")) {
    const state = states[item.dataset["item"] ?? ""];
    if (!state) continue;
    item.hidden = !state.shown;
    const input = item.matches(".form-item") ? item.querySelector<HTMLElement>("[name]:not([type=hidden])") : null;
    if (!input) continue;
    input.toggleAttribute("readonly", state.read_only);
    if (state.required) input.setAttribute("aria-required", "true");
    else input.removeAttribute("aria-required");
    star(item, state.required);
  }
}

function star(item: HTMLElement, required: boolean): void {
  const label = item.querySelector(".field-label");
  const found = label?.querySelector(".field-required");
  if (required && label && !found) {
    const mark = document.createElement("span");
    mark.className = "field-required";
    mark.setAttribute("aria-hidden", "true");
    mark.textContent = "*";
    label.append(mark);
  } else if (!required) found?.remove();
}
