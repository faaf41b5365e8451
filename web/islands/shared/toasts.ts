// Lines at the bottom of the page that tell what happened, with Undo where there is one.
import { element, icon, send } from "./dom";
import { t } from "./text";

export interface Toast {
  message: string;
  kind?: "success" | "info" | "warning" | "error";
  undo?: string | null;
}

const icons = { success: "circle-check", info: "info-circle", warning: "alert-triangle", error: "alert-circle" };
const staysFor = { success: 5000, info: 6000, warning: 9000, error: 12000 };

export function toast({ message, kind = "success", undo }: Toast): void {
  const place = document.getElementById("toasts");
  if (!place) return;
  const line = element("div", { class: `toast-line is-${kind}`, role: kind === "error" ? "alert" : "status" });
  const dismiss = element("button", { class: "icon-button", type: "button", "aria-label": t("Close") }, icon("x"));
  dismiss.addEventListener("click", () => line.remove());
  line.append(icon(icons[kind]), element("span", {}, message));
  if (undo) line.append(undoButton(undo, line));
  line.append(dismiss);
  place.append(line);
  // The top layer hides what is below it: stand above an open dialog.
  if (place.matches(":popover-open")) place.hidePopover();
  place.showPopover?.();
  let timer = setTimeout(() => line.remove(), undo ? 10000 : staysFor[kind]);
  line.addEventListener("pointerenter", () => clearTimeout(timer));
  line.addEventListener("pointerleave", () => {
    timer = setTimeout(() => line.remove(), 3000);
  });
}

function undoButton(address: string, line: HTMLElement): HTMLButtonElement {
  const button = element("button", { class: "toast-undo", type: "button" }, t("Undo"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    const answer = await send(address);
    line.remove();
    if (!answer.ok) return toast({ message: t("This could not be undone."), kind: "error" });
    document.body.dispatchEvent(new CustomEvent("undone", { bubbles: true }));
    location.reload();
  });
  return button;
}
