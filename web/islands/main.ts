// The script of every page: htmx, toasts, dialogs, keyboard, islands.
import htmx from "htmx.org";
import { csrfToken, element, send } from "./shared/dom";
import { startIslands, stopIslands } from "./shared/islands";
import { startKeys } from "./shared/keys";
import { startOverlays } from "./shared/overlays";
import { startPalette } from "./shared/palette";
import { enhanceSelects } from "./shared/selects";
import { t } from "./shared/text";
import { refreshTimes } from "./shared/times";
import { toast, type Toast } from "./shared/toasts";

// Nothing that our content security policy forbids.
Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  scrollBehavior: "auto",
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    // A form that comes back with its errors takes the place of the form.
    { code: "422", swap: true, error: false },
    { code: "...", swap: false, error: true },
  ],
});

function enhance(root: ParentNode): void {
  enhanceSelects(root);
  startIslands(root);
  refreshTimes(root);
}

function talkToServer(): void {
  document.body.addEventListener("htmx:configRequest", (event) => {
    (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-CSRFToken"] = csrfToken();
  });
  document.body.addEventListener("htmx:load", (event) => {
    const { elt } = (event as CustomEvent<{ elt: Node }>).detail;
    if (elt instanceof Element) enhance(elt); // htmx announces text between elements, too
  });
  document.body.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (event.target instanceof HTMLElement) stopIslands(event.target);
  });
  document.body.addEventListener("toasts", (event) => {
    const { value } = (event as CustomEvent<{ value: Toast[] }>).detail;
    for (const each of value) toast(each);
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    const { status } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr;
    toast({ message: explain(status), kind: "error" });
  });
  document.body.addEventListener("htmx:sendError", () => {
    toast({ message: t("The server cannot be reached. Nothing was saved; please try again."), kind: "error" });
  });
  showProgress();
}

function explain(status: number): string {
  if (status === 401) return t("You have been signed out. Please sign in again.");
  if (status === 403) return t("You do not have the right to do this.");
  if (status === 404) return t("This is not there any more, or not for you.");
  if (status === 409 || status === 412) return t("Somebody else changed this in the meantime. Please load the page again.");
  if (status === 429) return t("Too many tries. Please wait a few minutes.");
  return t("Something went wrong on the server. It has been noted; please try again.");
}

function showProgress(): void {
  const line = element("div", { class: "progress-line", "aria-hidden": "true" });
  document.body.append(line);
  let busy = 0;
  let timer = 0;
  const update = (change: number): void => {
    busy = Math.max(0, busy + change);
    clearTimeout(timer);
    if (busy > 0) timer = window.setTimeout(() => line.classList.add("is-busy"), 250);
    else line.classList.remove("is-busy");
  };
  document.body.addEventListener("htmx:beforeRequest", () => update(1));
  document.body.addEventListener("htmx:afterRequest", () => update(-1));
}

function startFrame(): void {
  const sidebar = document.querySelector<HTMLElement>(".sidebar");
  const root = document.documentElement;
  for (const button of document.querySelectorAll("[data-toggle-sidebar]")) {
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      if (matchMedia("(max-width: 767px)").matches) {
        sidebar?.classList.toggle("is-open");
        return;
      }
      const closed = root.dataset["sidebar"] === "closed";
      if (closed) delete root.dataset["sidebar"];
      else root.dataset["sidebar"] = "closed";
      localStorage.setItem("formloom.sidebar", closed ? "open" : "closed");
    });
  }
  document.addEventListener("click", (event) => {
    if (sidebar?.classList.contains("is-open") && !sidebar.contains(event.target as Node)) sidebar.classList.remove("is-open");
  });
  rememberGroups(sidebar);
}

// Which apps are folded in the sidebar is kept in this browser.
function rememberGroups(sidebar: HTMLElement | null): void {
  for (const group of sidebar?.querySelectorAll<HTMLDetailsElement>("details[data-key]") ?? []) {
    const key = `formloom.fold.${group.dataset["key"]}`;
    if (localStorage.getItem(key) === "closed" && !group.querySelector("[aria-current]")) group.open = false;
    group.addEventListener("toggle", () => {
      if (group.open) localStorage.removeItem(key);
      else localStorage.setItem(key, "closed");
    });
  }
}

function startSmallThings(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-copy]");
    if (button) {
      void navigator.clipboard?.writeText(button.dataset["copy"] ?? "").then(() => toast({ message: t("Copied"), kind: "success" }));
    }
    const opener = (event.target as HTMLElement).closest<HTMLElement>("[data-show-dialog]");
    if ((event.target as HTMLElement).closest("[data-print]")) print();
    if (opener) document.querySelector<HTMLDialogElement>(`#${opener.dataset["showDialog"]}`)?.showModal();
  });
  // A form that takes long says so, and is not sent twice.
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    if (!form.dataset["busy"] || !button || event.defaultPrevented) return;
    button.textContent = form.dataset["busy"];
    button.setAttribute("aria-disabled", "true");
    setTimeout(() => (button.disabled = true), 0);
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  // Theme and density act at once and are stored for the person.
  document.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    const preference = input.dataset["preference"];
    if (!preference) return;
    document.documentElement.dataset[preference] = input.value;
    void send("/profile/preferences", { [preference]: input.value });
  });
  for (const field of document.querySelectorAll<HTMLSelectElement>("select[data-guess-zone]")) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && !field.dataset["chosen"] && [...field.options].some((option) => option.value === zone)) field.value = zone;
  }
}

// Going on before the pages have faded into each other is no mistake.
for (const name of ["pageswap", "pagereveal"]) {
  addEventListener(name, (event) => {
    const fading = (event as Event & { viewTransition?: Record<"ready" | "finished" | "updateCallbackDone", Promise<void>> | null }).viewTransition;
    for (const each of [fading?.ready, fading?.finished, fading?.updateCallbackDone]) each?.catch(() => undefined);
  });
}

startOverlays();
talkToServer();
startFrame();
startKeys();
startPalette();
startSmallThings();
enhance(document);
setInterval(() => refreshTimes(), 60_000);
for (const each of JSON.parse(document.getElementById("page-toasts")?.textContent || "[]") as Toast[]) toast(each);
