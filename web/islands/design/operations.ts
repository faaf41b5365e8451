// Sends operations in order, one request at a time; shows the page again with what they made.
import htmx from "htmx.org";
import { csrfToken } from "../shared/dom";
import { t } from "../shared/text";
import { toast } from "../shared/toasts";
import { released, watchHolding } from "./held";
import { keepEditor } from "./editors";

export type Act = Record<string, unknown>;
export interface Sending {
  leave?: string | undefined; // the address to go to afterwards
  made?: boolean; // open the page of what was made
  stay?: boolean; // what is picked stays picked
  isNew?: boolean; // the label of what was made is selected for typing
  quiet?: boolean; // the panel is not drawn again: somebody is working in it
  still?: boolean; // only the bar and the parts are drawn again: the rest shows already what was done
  focus?: string | undefined; // what gets the focus
}

export class Operations {
  private queue: Promise<void> = Promise.resolve();
  private waiting = 0; // to be saved
  private underway = 0; // that, and pages to be shown
  private readonly resting = new Map<Element, { timer: number; act: Act; how: Sending }>(); // still being worked on

  constructor(
    readonly root: HTMLElement,
    readonly app: string,
    private readonly drawn: () => void,
  ) {
    watchHolding();
    addEventListener("beforeunload", (event) => {
      if (this.waiting > 0) event.preventDefault();
    });
    addEventListener("pagehide", () => {
      const operations = [...this.resting.values()].map((each) => each.act);
      if (operations.length) void this.ask("operations", { operations, show: this.app }, true).catch(() => undefined);
    });
  }

  send(acts: Act[], how: Sending = {}): Promise<void> {
    return this.later(async () => {
      const body = { operations: acts, show: how.leave ?? location.pathname + location.search, ...(how.made ? { go: "made" } : {}) };
      const answer = await this.post("operations", body);
      if (!answer) return;
      if (!answer.ok) return this.refused(answer);
      if (how.leave || how.made) return location.assign(how.leave ?? answer.url);
      const picked = new URLSearchParams(location.search).get("pick");
      const address = new URL(answer.url);
      if (how.stay) return this.show(`${location.pathname}${location.search}`, false, how);
      await this.draw(await answer.text(), address, how);
      const made = address.searchParams.get("pick");
      if (how.isNew && made !== picked) this.focusNew();
    });
  }

  // What is still being worked on is sent when it has rested for a moment, or when the page is left.
  sendSoon(place: Element, act: Act, how: Sending): void {
    const before = this.resting.get(place);
    if (before) clearTimeout(before.timer);
    else this.busy(1);
    this.state(t("Saving …"));
    this.resting.set(place, { act, how, timer: window.setTimeout(() => this.rested(place), 500) });
  }

  private rested(place: Element): void {
    const found = this.resting.get(place);
    if (!found) return;
    this.resting.delete(place);
    void this.send([found.act], found.how);
    this.busy(-1);
  }

  step(direction: "undo" | "redo"): Promise<void> {
    return this.later(async () => {
      const answer = await this.post(direction, { show: location.pathname + location.search });
      if (answer?.ok) await this.draw(await answer.text(), new URL(answer.url), {});
      else if (answer) await this.refused(answer);
    });
  }

  // A link waits for what is being saved, so that an older answer never draws over the place that was gone to.
  visit(address: string): Promise<void> {
    this.busy(1);
    this.queue = this.queue.then(() => this.show(address)).catch(() => location.assign(address)).finally(() => this.busy(-1));
    return this.queue;
  }

  async show(address: string, remember = true, how: Sending = {}): Promise<void> {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return location.assign(address);
    const found = new URL(answer.url);
    if (remember && found.pathname + found.search !== location.pathname + location.search) history.pushState(null, "", answer.url);
    await this.draw(await answer.text(), found, how);
  }

  // Screen readers are told that what they read is about to change.
  private busy(more: 1 | -1): void {
    this.underway += more;
    if (this.underway > 0) this.root.setAttribute("aria-busy", "true");
    else this.root.removeAttribute("aria-busy");
  }

  private later(act: () => Promise<void>): Promise<void> {
    this.waiting += 1;
    this.busy(1);
    this.state(t("Saving …"));
    this.queue = this.queue.then(act).catch(() => toast({ message: t("Something went wrong. Please load the page again."), kind: "error" })).finally(() => {
      this.waiting -= 1;
      this.busy(-1);
    });
    return this.queue;
  }

  // A lost connection is tried again; nothing that was done here gets lost while the page is open.
  private async post(verb: string, body: unknown): Promise<Response | null> {
    for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
      const answer = await this.ask(verb, body).catch(() => null);
      if (answer && answer.status !== 503) return answer;
      this.state(t("Not saved yet: the server cannot be reached. Trying again …"));
      await new Promise((done) => setTimeout(done, pause));
    }
  }

  private ask(verb: string, body: unknown, keepalive = false): Promise<Response> {
    const headers = { "Content-Type": "application/json", "HX-Request": "true", "X-CSRFToken": csrfToken() };
    return fetch(`${this.app}/${verb}`, { method: "POST", headers, body: JSON.stringify(body), keepalive });
  }

  private async refused(answer: Response): Promise<void> {
    const body = (await answer.json().catch(() => ({}))) as { message?: string };
    toast({ message: body.message ?? t("This could not be done. Please load the page again."), kind: "error" });
    await this.show(location.pathname + location.search, false);
  }

  private state(text: string): void {
    const place = this.root.querySelector("[data-draft-state]");
    if (place) place.textContent = text;
  }

  private async draw(html: string, address: URL, how: Sending): Promise<void> {
    await released();
    history.replaceState(null, "", address.pathname + address.search);
    const kept = remember(this.root, !how.quiet && !how.still);
    if (!how.quiet) keepEditor();
    const parsed = new DOMParser().parseFromString(html, "text/html");
    if (how.quiet || how.still) {
      for (const part of [".design-bar", ".design-nav", ...(how.still ? [] : [".design-canvas"])]) {
        const [old, fresh] = [this.root.querySelector(part), parsed.querySelector(part)];
        if (old && fresh) {
          old.replaceWith(fresh);
          enliven(fresh);
        }
      }
    } else {
      this.root.replaceChildren(...parsed.body.childNodes);
      enliven(this.root);
    }
    restore(this.root, kept, how.focus);
    if (this.waiting > 1) this.state(t("Saving …"));
    this.drawn();
  }

  private focusNew(): void {
    const input = this.root.querySelector<HTMLInputElement>("[data-label-of-new]");
    input?.focus();
    input?.select();
  }
}

// htmx and islands in what has just been put into the page.
function enliven(place: Element): void {
  htmx.process(place);
  htmx.trigger(place, "htmx:load", { elt: place });
}

interface Kept {
  id: string;
  value: string | null;
  from: number | null;
  to: number | null;
  scrolls: [string, number][];
  folds: Map<string, boolean>;
  menus: string[];
  search: string;
}

const nameOf = (summary: HTMLElement): string => summary.id || summary.getAttribute("aria-label") || (summary.textContent ?? "").trim();

// The focus, what is being typed, scroll positions, open folds and menus outlive a drawing.
function remember(root: HTMLElement, whole: boolean): Kept {
  const active = document.activeElement as HTMLInputElement | null;
  // The open part of a searchable list has no name of its own, and the list stands for it afterwards.
  const list = whole ? active?.closest<HTMLElement>(".ts-wrapper")?.previousElementSibling : null;
  if (list) active?.blur();
  const typing = !list && active && /^(INPUT|TEXTAREA)$/.test(active.tagName) && active.type !== "checkbox";
  return {
    id: list?.id ? `${list.id}-ts-control` : (active?.id ?? ""),
    value: typing ? active.value : null,
    from: typing && active.type !== "number" ? active.selectionStart : null,
    to: typing && active.type !== "number" ? active.selectionEnd : null,
    scrolls: ["design-palette", "design-canvas", "design-panel", "design-nav", "main"].map((id) => [id, document.getElementById(id)?.scrollTop ?? 0]),
    folds: new Map([...root.querySelectorAll<HTMLDetailsElement>("details[data-fold]")].map((each) => [each.dataset["fold"] ?? "", each.open])),
    menus: [...root.querySelectorAll<HTMLElement>("details.menu[open] > summary")].map(nameOf),
    search: root.querySelector<HTMLInputElement>("[data-palette-search]")?.value ?? "",
  };
}

function restore(root: HTMLElement, kept: Kept, focus?: string): void {
  for (const [id, top] of kept.scrolls) document.getElementById(id)?.scrollTo({ top });
  for (const fold of root.querySelectorAll<HTMLDetailsElement>("details[data-fold]")) {
    const open = kept.folds.get(fold.dataset["fold"] ?? "");
    if (open !== undefined) fold.open = open;
  }
  for (const summary of kept.menus.length ? root.querySelectorAll<HTMLElement>("details.menu > summary") : []) {
    if (kept.menus.includes(nameOf(summary))) summary.parentElement?.setAttribute("open", "");
  }
  const search = root.querySelector<HTMLInputElement>("[data-palette-search]");
  if (search && kept.search) {
    search.value = kept.search;
    search.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const wanted = focus ? root.querySelector<HTMLInputElement>(focus) : kept.id ? (document.getElementById(kept.id) as HTMLInputElement | null) : null;
  if (!wanted || (wanted === document.activeElement && !focus)) return;
  wanted.focus({ preventScroll: !focus });
  if (focus) wanted.select?.();
  else if (kept.value !== null && "value" in wanted) {
    wanted.value = kept.value;
    if (kept.from !== null) wanted.setSelectionRange(kept.from, kept.to);
  }
}
