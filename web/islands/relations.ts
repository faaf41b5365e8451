// A picture of the entities of an app and the relations between them: boxes in layers, curves from field to entity.
import { element } from "./shared/dom";
import { t } from "./shared/text";

interface Entity {
  key: string;
  label: string;
  url: string;
  fields: number;
}
interface Link {
  from: string;
  to: string;
  label: string;
  kind: string;
}

const space = "http://www.w3.org/2000/svg";
const [width, height, gapX, gapY, edge] = [150, 52, 56, 20, 18];

export function mount(root: HTMLElement, options: { entities: Entity[]; links: Link[] }): void {
  const outside = [...new Set(options.links.map((each) => each.to))].filter((key) => !options.entities.some((each) => each.key === key));
  const boxes: Entity[] = [...options.entities, ...outside.map((key) => ({ key, label: key, url: "", fields: 0 }))];
  const places = layers(boxes, options.links);
  const right = Math.max(...[...places.values()].map((each) => each.x)) + width + edge * 2;
  const bottom = Math.max(...[...places.values()].map((each) => each.y)) + height + edge;
  const picture = svg("svg", { viewBox: `0 0 ${right} ${bottom}`, width: String(right), height: String(bottom), role: "group", "aria-label": t("Tables and their relations") });
  for (const link of options.links) {
    const [from, to] = [places.get(link.from), places.get(link.to)];
    if (from && to) picture.append(curve(from, to, link));
  }
  for (const box of boxes) {
    const place = places.get(box.key);
    if (place) picture.append(drawBox(box, place));
  }
  root.replaceChildren(element("div", { class: "diagram-scroll" }, picture as unknown as HTMLElement));
}

interface Place {
  x: number;
  y: number;
}

// What nothing leads out of stands at the right; whoever points at it, one layer further left.
function layers(boxes: Entity[], links: Link[]): Map<string, Place> {
  const depth = new Map(boxes.map((each) => [each.key, 0]));
  for (let round = 0; round < boxes.length; round++) {
    for (const link of links) {
      const wanted = (depth.get(link.to) ?? 0) + 1;
      if (link.from !== link.to && wanted > (depth.get(link.from) ?? 0) && wanted < 5) depth.set(link.from, wanted);
    }
  }
  const used = [...new Set(depth.values())].sort((a, b) => b - a);
  const rows = new Map<number, number>();
  return new Map(
    boxes.map((box) => {
      const column = used.indexOf(depth.get(box.key) ?? 0);
      const row = rows.get(column) ?? 0;
      rows.set(column, row + 1);
      return [box.key, { x: edge + column * (width + gapX), y: edge + row * (height + gapY) + (column % 2) * 14 }];
    }),
  );
}

function drawBox(box: Entity, { x, y }: Place): SVGElement {
  const group = svg(box.url ? "a" : "g", { class: box.url ? "diagram-box" : "diagram-box is-outside", ...(box.url ? { href: box.url } : {}) });
  const label = svg("text", { x: String(x + 14), y: String(y + 22), class: "diagram-label" });
  label.textContent = box.label.length > 17 ? `${box.label.slice(0, 16)}…` : box.label;
  const note = svg("text", { x: String(x + 14), y: String(y + 40), class: "diagram-note" });
  note.textContent = box.url ? t("{n} fields", { n: box.fields }) : t("another app");
  group.append(svg("rect", { x: String(x), y: String(y), width: String(width), height: String(height), rx: "9" }), label, note);
  return group;
}

function curve(from: Place, to: Place, link: Link): SVGElement {
  const group = svg("g", { class: "diagram-link" });
  const title = svg("title", {});
  title.textContent = link.label;
  const [startX, startY] = [from.x + width, from.y + height / 2];
  let path: string;
  let tip: { x: number; y: number; way: number };
  if (to.x > from.x) {
    const middle = (startX + to.x) / 2;
    path = `M${startX} ${startY} C${middle} ${startY} ${middle} ${to.y + height / 2} ${to.x - 5} ${to.y + height / 2}`;
    tip = { x: to.x, y: to.y + height / 2, way: -1 };
  } else if (to.x < from.x) {
    // Two tables that point at each other: the way back lies below the way there.
    const [back, below] = [to.x + width, 12];
    const middle = (from.x + back) / 2;
    path = `M${from.x} ${startY + below} C${middle} ${startY + below} ${middle} ${to.y + height / 2 + below} ${back + 5} ${to.y + height / 2 + below}`;
    tip = { x: back, y: to.y + height / 2 + below, way: 1 };
  } else {
    const out = startX + 34;
    path = `M${startX} ${startY} C${out} ${startY} ${out} ${to.y + height / 2 + 12} ${to.x + width + 5} ${to.y + height / 2 + 12}`;
    tip = { x: to.x + width, y: to.y + height / 2 + 12, way: 1 };
  }
  const arrow = svg("path", { d: `M${tip.x + tip.way * 7} ${tip.y - 4} L${tip.x} ${tip.y} L${tip.x + tip.way * 7} ${tip.y + 4}`, class: "diagram-tip" });
  group.append(title, svg("path", { d: path, ...(link.kind === "many_to_many" ? { "stroke-dasharray": "5 4" } : {}) }), arrow);
  return group;
}

function svg(tag: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS(space, tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
