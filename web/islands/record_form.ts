// The form of a record: asks the server which inputs its rules show, require or lock for what is entered now; warns before leaving.
import { csrfToken } from "./shared/dom";
import { type Fill, fillIn, watchTouches } from "./shared/fill";
import { t } from "./shared/text";

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
  const turned = own.dataset["turned"] !== undefined; // a step of a form that is half filled in
  let timer = 0;
  let round = 0;
  let dirty = turned;

  const ask = async (): Promise<void> => {
    const mine = ++round;
    const answer = await fetch(options.state, { method: "POST", body: new FormData(own), headers: { "X-CSRFToken": csrfToken() } }).catch(() => null);
    if (!answer?.ok || mine !== round) return;
    const { "=": results, "~": fills, ...states } = (await answer.json()) as Record<string, ItemState> & { "="?: Record<string, string>; "~"?: Record<string, Fill> };
    fillIn(own, fills ?? {});
    apply(own, states);
    showResults(own, results ?? {});
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
  watchTouches(own);
  own.addEventListener("input", changed);
  own.addEventListener("change", changed);
  own.addEventListener("submit", submit);
  window.addEventListener("beforeunload", leave);
  begin(own, turned);
  if (own.querySelector("[data-row-line] output")) void ask(); // formulas of rows that are not saved yet
  return () => {
    clearTimeout(timer);
    window.removeEventListener("beforeunload", leave);
  };
}

// The focus goes to the first mistake, or to the step that one has come to.
function begin(form: HTMLElement, turned: boolean): void {
  const told = form.querySelector<HTMLElement>("[data-first-error]");
  if (told) {
    const wrong = [...form.querySelectorAll<HTMLElement>("[aria-invalid=true]")].filter((each) => !each.closest("[data-page][hidden], [data-item][hidden]"))[0];
    (wrong?.matches(".tomselected") ? wrong.parentElement?.querySelector<HTMLElement>(".ts-control") : wrong)?.focus();
    if (!wrong) told.focus();
  } else if (turned) form.querySelector<HTMLElement>("[data-step-title]")?.focus();
}

function apply(form: HTMLElement, states: Record<string, ItemState>): void {
  for (const item of form.querySelectorAll<HTMLElement>("[data-item]")) {
    const state = states[item.dataset["item"] ?? ""];
    if (!state) continue;
    item.hidden = !state.shown || item.dataset["empty"] !== undefined;
    const input = item.matches(".form-item") && !item.querySelector(".row-table") ? item.querySelector<HTMLElement>("[name]:not([type=hidden])") : null;
    if (!input) continue;
    input.toggleAttribute("readonly", state.read_only);
    if (state.required) input.setAttribute("aria-required", "true");
    else input.removeAttribute("aria-required");
    star(item, state.required);
  }
  hideEmpty(form);
  form.querySelector("[role=tablist]")?.dispatchEvent(new Event("tabs-changed"));
  countSteps(form);
}

// A card with nothing in it says nothing, and neither does a tab of such cards.
function hideEmpty(form: HTMLElement): void {
  const allHidden = (places: NodeListOf<HTMLElement>): boolean => places.length > 0 && [...places].every((each) => each.hidden);
  for (const section of form.querySelectorAll<HTMLElement>(".form-section")) section.hidden ||= allHidden(section.querySelectorAll(".form-item"));
  for (const tab of form.querySelectorAll<HTMLElement>("[role=tab][data-tab]")) {
    const page = form.querySelector(`[data-page="${tab.dataset["tab"]}"]`);
    tab.hidden ||= page !== null && allHidden(page.querySelectorAll(".form-section"));
  }
}

// What the formulas of rows give, under the names of their cells.
function showResults(form: HTMLElement, results: Record<string, string>): void {
  for (const [name, text] of Object.entries(results)) {
    const cell = form.querySelector(`output[id="input-${CSS.escape(name)}"]`);
    if (cell) cell.textContent = text || "–";
  }
  if (Object.keys(results).length) for (const table of form.querySelectorAll(".row-table")) table.dispatchEvent(new Event("rows-computed"));
}

// Rules show and hide steps that are still to come.
function countSteps(form: HTMLElement): void {
  const steps = [...form.querySelectorAll<HTMLElement>("[data-step]")].filter((each) => !each.hidden);
  const count = form.querySelector("[data-step-count]");
  if (!count) return;
  const here = steps.findIndex((each) => each.matches(".is-here"));
  count.textContent = t("{number} of {count}", { number: here + 1, count: steps.length });
  steps.forEach((each, place) => {
    const mark = each.querySelector("[data-step-number]");
    if (mark) mark.textContent = String(place + 1);
  });
  const isLast = here === steps.length - 1;
  form.querySelector("[data-step-next]")?.toggleAttribute("hidden", isLast);
  form.querySelector("[data-step-save]")?.toggleAttribute("hidden", !isLast);
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
