// The formula's text area: fields as chips, what is wrong while typing, with its place.
import { element, icon, send } from "../shared/dom";
import { t } from "../shared/text";

interface Answer {
  problems: { position: number; length: number; message: string }[];
  type: string;
}

const started = new WeakSet<HTMLElement>();

export function startFormulas(root: HTMLElement): void {
  for (const area of root.querySelectorAll<HTMLTextAreaElement>("textarea[data-formula]")) {
    if (started.has(area)) continue;
    started.add(area);
    const { url, entity } = JSON.parse(area.dataset["formula"] ?? "{}") as { url: string; entity: string };
    let timer = 0;
    let round = 0;
    const check = async (): Promise<void> => {
      const mine = ++round;
      const result = root.querySelector<HTMLSelectElement>("select[data-set$='/options/result']")?.value;
      const answer = await send(url, { entity, expression: area.value, result }).catch(() => null);
      if (answer?.ok && mine === round) tell(root, area, (await answer.json()) as Answer);
    };
    area.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void check(), 300);
    });
    for (const chip of root.querySelectorAll<HTMLButtonElement>("[data-insert]")) {
      chip.addEventListener("mousedown", (event) => event.preventDefault()); // the text area keeps the focus
      chip.addEventListener("click", () => {
        area.setRangeText(chip.dataset["insert"] ?? "", area.selectionStart, area.selectionEnd, "end");
        area.focus();
        area.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
    void check();
  }
}

function tell(root: HTMLElement, area: HTMLTextAreaElement, answer: Answer): void {
  const place = root.querySelector<HTMLElement>("[data-formula-check]");
  if (!place) return;
  area.setAttribute("aria-invalid", String(answer.problems.length > 0));
  if (answer.problems.length === 0) {
    place.replaceChildren(element("span", { class: "is-right" }, icon("check"), t("The formula is right.")));
    return;
  }
  const lines = answer.problems.map((each) => {
    const line = element("button", { class: "formula-problem", type: "button" }, icon("alert-circle"), element("span", {}, each.message), element("span", { class: "muted" }, t("at character {n}", { n: each.position + 1 })));
    line.addEventListener("click", () => {
      area.focus();
      area.setSelectionRange(each.position, each.position + Math.max(1, each.length));
    });
    return line;
  });
  place.replaceChildren(...lines);
}
