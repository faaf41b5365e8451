// Inputs for formulas: fields as chips, what is wrong while typing, with its place, and what comes out for a record.
import { element, icon, send } from "../shared/dom";
import { t } from "../shared/text";

interface Answer {
  problems: { position: number; length: number; message: string }[];
  type: string;
  value?: string; // what comes out for the record
  note?: string; // why nothing comes out
  record?: { id: number; title: string };
}
type Area = HTMLTextAreaElement | HTMLInputElement;

const started = new WeakSet<HTMLElement>();

export function startFormulas(root: HTMLElement): void {
  for (const area of root.querySelectorAll<Area>("[data-formula]")) {
    if (started.has(area)) continue;
    started.add(area);
    const { url, entity, pick } = JSON.parse(area.dataset["formula"] ?? "{}") as { url: string; entity: string; pick?: string };
    let timer = 0;
    let round = 0;
    const check = async (): Promise<void> => {
      const mine = ++round;
      if (area.value.trim() === "") return area.closest("[data-formula-place]")?.querySelector("[data-formula-check]")?.replaceChildren();
      const result = pick === undefined ? root.querySelector<HTMLSelectElement>("select[data-set$='/options/result']")?.value : undefined;
      const record = Number(root.querySelector<HTMLSelectElement>("[data-formula-record]")?.value) || undefined;
      const answer = await send(url, { entity, expression: area.value, result, pick, record }).catch(() => null);
      if (answer?.ok && mine === round) tell(area, (await answer.json()) as Answer);
    };
    area.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void check(), 300);
    });
    root.querySelector("[data-formula-record]")?.addEventListener("change", () => void check());
    for (const chip of root.querySelectorAll<HTMLButtonElement>("[data-insert]")) {
      chip.addEventListener("mousedown", (event) => event.preventDefault()); // the text area keeps the focus
      chip.addEventListener("click", () => {
        area.setRangeText(chip.dataset["insert"] ?? "", area.selectionStart ?? 0, area.selectionEnd ?? 0, "end");
        area.focus();
        area.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
    void check();
  }
}

function tell(area: Area, answer: Answer): void {
  const place = area.closest("[data-formula-place]")?.querySelector<HTMLElement>("[data-formula-check]");
  if (!place) return;
  area.setAttribute("aria-invalid", String(answer.problems.length > 0));
  if (answer.problems.length === 0) {
    const title = answer.record?.title ?? "";
    const outcome = answer.value !== undefined ? t("= {value} for {title}", { value: answer.value, title }) : (answer.note ?? "");
    place.replaceChildren(element("span", { class: "is-right" }, icon("check"), t("The formula is right.")), ...(outcome ? [element("span", { class: "formula-outcome" }, outcome)] : []));
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
