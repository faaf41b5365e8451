// A board: cards are dragged (or moved with Alt+arrow) to another column; what the move needs is asked in the dialog.
import htmx from "htmx.org";
import Sortable from "sortablejs";
import { csrfToken } from "./shared/dom";
import { t } from "./shared/text";
import { toast } from "./shared/toasts";

interface Options {
  url: string;
  may_move: boolean;
  group: string;
}

export function mount(root: HTMLElement, options: Options): () => void {
  if (!options.may_move) return () => undefined;
  const lanes = [...root.querySelectorAll<HTMLElement>("[data-lane], [data-lane-from]")];
  const sortables = lanes.map((lane) =>
    Sortable.create(lane, {
      group: { name: "board", put: lane.dataset["lane"] !== undefined }, // nothing is dropped on the records without a choice
      animation: 120,
      sort: false,
      delay: 120,
      delayOnTouchOnly: true,
      ghostClass: "is-ghost",
      onEnd: (event) => void dropped(event.item, event.from, event.to, options),
    }),
  );
  const keys = (event: KeyboardEvent): void => {
    const card = (event.target as HTMLElement).closest<HTMLElement>(".board-card");
    if (!card || !event.altKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    const from = card.parentElement as HTMLElement;
    const to = lanes[lanes.indexOf(from) + (event.key === "ArrowRight" ? 1 : -1)];
    if (!to || to.dataset["lane"] === undefined) return;
    to.prepend(card);
    card.querySelector<HTMLElement>("a")?.focus();
    void dropped(card, from, to, options);
  };
  root.addEventListener("keydown", keys);
  return () => {
    root.removeEventListener("keydown", keys);
    for (const each of sortables) each.destroy();
  };
}

async function dropped(card: HTMLElement, from: HTMLElement, to: HTMLElement, options: Options): Promise<void> {
  if (from === to) return;
  const stage = to.dataset["lane"] ?? "";
  const address = `${options.url}/${card.dataset["record"]}/drop/${stage}?field=${encodeURIComponent(options.group)}`;
  const answer = await fetch(address, { method: "POST", headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true", "HX-Target": "dialog" } }).catch(() => null);
  if (answer?.status === 204) {
    toast({ message: t("Moved to {stage}", { stage: to.dataset["laneName"] ?? stage }), kind: "success" });
    htmx.trigger(document.body, "records-changed");
    return;
  }
  // Back to where it was: the dialog, if there is one, makes the move when it is answered.
  from.prepend(card);
  const dialog = document.querySelector<HTMLElement>("#dialog");
  if (answer?.status === 422 && dialog) {
    htmx.swap(dialog, await answer.text(), { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 });
    htmx.trigger(dialog, "htmx:afterSwap", { target: dialog });
    return;
  }
  toast({ message: t("The card could not be moved. Please load the page again."), kind: "error" });
}
