// Inputs for formulas and texts with fields: chips, what is wrong while typing, with its place, and what comes out for a record.
import { type Area, type Editor } from "../editor/editor";
import { type Kind } from "../editor/chips";
import { type Place } from "../editor/names";
import { element, icon, send } from "../shared/dom";
import { t } from "../shared/text";
import { editorOf, startEditor } from "./editors";
import { released } from "./held";

interface Answer {
  problems: { position: number; length: number; message: string }[];
  type: string;
  value?: string; // what comes out for the record
  note?: string; // why nothing comes out
  record?: { id: number; title: string };
}

const started = new WeakSet<HTMLElement>();

export function startFormulas(root: ParentNode): void {
  for (const area of root.querySelectorAll<Area>("[data-formula]")) startFormula(area, JSON.parse(area.dataset["formula"] ?? "{}") as Place);
  for (const area of root.querySelectorAll<Area>("[data-template]")) startFormula(area, JSON.parse(area.dataset["template"] ?? "{}") as Place, "text");
}

export function startFormula(area: Area, place: Place, kind: Kind = "expr"): void {
  if (started.has(area)) return;
  started.add(area);
  let timer = 0;
  let round = 0;
  const check = async (): Promise<void> => {
    const mine = ++round;
    const prefix = place.prefix ?? "";
    if (area.value.trim() === "" || !area.value.startsWith(prefix)) return nothing(area);
    const result = place.pick === undefined && !prefix ? document.querySelector<HTMLSelectElement>("select[data-set$='/options/result']")?.value : undefined;
    const record = Number(document.querySelector<HTMLSelectElement>("[data-formula-record]")?.value) || undefined;
    const what = kind === "text" ? { template: area.value } : { expression: area.value.slice(prefix.length), result };
    const answer = await send(place.url, { entity: place.entity, ...what, pick: place.pick, field: place.field, record }).catch(() => null);
    if (!answer?.ok || mine !== round) return;
    const told = (await answer.json()) as Answer;
    await released(); // a line more would move what is just being pressed
    if (mine === round) tell(area, told, prefix.length, kind);
  };
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void check(), 300);
  });
  document.querySelector("[data-formula-record]")?.addEventListener("change", () => area.isConnected && void check());
  for (const chip of document.querySelectorAll<HTMLButtonElement>("[data-insert]")) {
    chip.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps the focus
    chip.addEventListener("click", () => area.isConnected && editorOf(area)?.insert(chip.dataset["insert"] ?? ""));
  }
  startEditor(area, kind, place, () => void check());
}

function nothing(area: Area): void {
  area.closest("[data-formula-place]")?.querySelector("[data-formula-check]")?.replaceChildren();
  editorOf(area)?.tell([]);
}

function tell(area: Area, answer: Answer, shift: number, kind: Kind): void {
  const editor: Editor | undefined = editorOf(area);
  editor?.tell(answer.problems.map((each) => ({ ...each, position: each.position + shift })));
  area.setAttribute("aria-invalid", String(answer.problems.length > 0));
  const place = area.closest("[data-formula-place]")?.querySelector<HTMLElement>("[data-formula-check]");
  if (!place) return;
  if (answer.problems.length === 0) {
    const title = answer.record?.title ?? "";
    const outcome = answer.value === undefined ? (answer.note ?? "") : kind === "text" ? t("For {title}: {value}", { value: answer.value, title }) : t("= {value} for {title}", { value: answer.value, title });
    const right = kind === "text" ? [] : [element("span", { class: "is-right" }, icon("check"), t("The formula is right."))];
    place.replaceChildren(...right, ...(outcome ? [element("span", { class: "formula-outcome" }, outcome)] : []));
    return;
  }
  const lines = answer.problems.map((each) => {
    const line = element("button", { class: "formula-problem", type: "button" }, icon("alert-circle"), element("span", {}, each.message), element("span", { class: "muted" }, t("at character {n}", { n: each.position + shift + 1 })));
    line.addEventListener("click", () => editor?.select(each.position + shift, each.position + shift + Math.max(1, each.length)));
    return line;
  });
  place.replaceChildren(...lines);
}
