// The dialog and the side panel. Whatever htmx puts into #dialog or #panel opens it; an answer with the event "close" closes it.
import { element, icon } from "./dom";
import { t } from "./text";

const dialog = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("#dialog");
const panel = (): HTMLElement | null => document.querySelector<HTMLElement>("#panel");
let opener: HTMLElement | null = null;

export function openPanel(): void {
  const aside = panel();
  if (!aside || aside.classList.contains("is-open")) return;
  opener = document.activeElement as HTMLElement | null;
  aside.classList.add("is-open");
  aside.querySelector<HTMLElement>("[autofocus], h2, button")?.focus();
}

export function closePanel(): boolean {
  const aside = panel();
  if (!aside?.classList.contains("is-open")) return false;
  aside.classList.remove("is-open");
  aside.replaceChildren();
  aside.dispatchEvent(new CustomEvent("panel-closed", { bubbles: true }));
  opener?.focus();
  return true;
}

export function closeOverlays(): void {
  const open = dialog();
  if (open?.open) open.close();
  else closePanel();
}

function afterSwap(event: Event): void {
  const target = (event as CustomEvent<{ target?: HTMLElement }>).detail.target ?? (event.target as HTMLElement);
  const open = dialog();
  if (target === open && open.childElementCount > 0 && !open.open) {
    open.showModal();
    // showModal moves the focus to the first button, which is "close"; a field is what people came for.
    open.querySelector<HTMLElement>("[autofocus], .field input:not([type=hidden]), .field select, .field textarea")?.focus();
  }
  if (target === panel() && target.childElementCount > 0) openPanel();
}

export interface Question {
  text: string;
  title?: string | undefined;
  action?: string | undefined;
  danger?: boolean;
}

// A question with two answers, in place of the browser's own.
export function ask({ text, title, action, danger }: Question): Promise<boolean> {
  return new Promise((resolve) => {
    const yes = element("button", { class: `btn ${danger ? "btn-danger" : "btn-primary"}`, type: "button" }, action ?? t("Continue"));
    const no = element("button", { class: "btn", type: "button", autofocus: true }, t("Cancel"));
    const box = element(
      "dialog",
      { class: "dialog", "aria-labelledby": "ask-title" },
      element("div", { class: "dialog-head" }, element("h2", { class: "dialog-title", id: "ask-title" }, title ?? t("Are you sure?"))),
      element("div", { class: "dialog-body" }, element("p", {}, text)),
      element("div", { class: "dialog-foot" }, no, yes),
    );
    let answer = false;
    yes.addEventListener("click", () => {
      answer = true;
      box.close();
    });
    no.addEventListener("click", () => box.close());
    box.addEventListener("close", () => {
      box.remove();
      resolve(answer);
    });
    document.body.append(box);
    box.showModal();
  });
}

export function closeButton(): HTMLButtonElement {
  return element("button", { class: "icon-button", type: "button", "data-close": true, "aria-label": t("Close") }, icon("x"));
}

export function startOverlays(): void {
  document.body.addEventListener("htmx:afterSwap", afterSwap);
  document.body.addEventListener("close", (event) => {
    if (event instanceof CustomEvent) closeOverlays();
  });
  document.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    if (target.closest("[data-close]")) closeOverlays();
    if (target instanceof HTMLDialogElement && target.open && target.dataset["modal"] !== "firm") target.close();
  });
  // The content of a closed dialog is thrown away, so that nothing of it can be sent twice.
  dialog()?.addEventListener("close", () => dialog()?.replaceChildren());
  document.body.addEventListener("htmx:confirm", (event) => {
    const { detail } = event as CustomEvent<{ question: string | null; elt: HTMLElement; issueRequest: (skip: boolean) => void }>;
    if (!detail.question) return;
    event.preventDefault();
    const { confirmTitle, confirmAction, confirmDanger } = detail.elt.dataset;
    void ask({ text: detail.question, title: confirmTitle, action: confirmAction, danger: confirmDanger !== undefined }).then((yes) => {
      if (yes) detail.issueRequest(true);
    });
  });
  // The same question for forms that are sent without htmx.
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const text = form.dataset["confirm"];
    if (!text || form.dataset["confirmed"]) return;
    event.preventDefault();
    const { confirmTitle, confirmAction, confirmDanger } = form.dataset;
    void ask({ text, title: confirmTitle, action: confirmAction, danger: confirmDanger !== undefined }).then((yes) => {
      if (!yes) return;
      form.dataset["confirmed"] = "1";
      form.requestSubmit();
    });
  });
}
