// The script of pages for people without an account: searchable selects, the rules of the form, no sending twice.
import { startIslands } from "./shared/islands";
import { enhanceSelects } from "./shared/selects";

enhanceSelects(document);
startIslands(document);

document.querySelector<HTMLElement>("[data-first-error]")?.focus();
addEventListener("pageshow", (event) => event.persisted && location.reload());
document.querySelector("[data-print]")?.addEventListener("click", () => print());
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  const sender = event.submitter as HTMLButtonElement | null;
  if (sender?.dataset["language"] !== undefined) return;
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  if (!button || !form.dataset["busy"]) return;
  button.textContent = form.dataset["busy"];
  button.setAttribute("aria-disabled", "true");
  setTimeout(() => (button.disabled = true), 0);
});
