// The picture of a pipeline: arrows between the cards of its stages, and drawing new ones from the dot of a card.
import { icon, element } from "./shared/dom";
import { t } from "./shared/text";
import { graphRoutes } from "./flow/graph";
import { lineRoutes } from "./flow/line";
import { type Arrow, type Box, type Route } from "./flow/routes";

interface Options {
  arrows: Arrow[];
  layout: "line" | "graph";
  path: string;
}

const scrolled = new Map<string, number>(); // how far each pipeline was, when it is drawn again

const space = "http://www.w3.org/2000/svg";

export function mount(root: HTMLElement, options: Options): () => void {
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("class", "flow-picture");
  picture.setAttribute("aria-hidden", "true");
  picture.append(head());
  const marks = element("div", { class: "flow-marks" });
  root.prepend(picture);
  root.append(marks);

  const draw = (): void => {
    if (!picture.checkVisibility()) return;
    root.style.removeProperty("padding-top");
    root.style.removeProperty("padding-bottom");
    const plan = options.layout === "line" ? lineRoutes : graphRoutes;
    const first = plan(boxes(root), options.arrows);
    root.style.paddingTop = `${first.top}px`;
    root.style.paddingBottom = `${first.bottom}px`;
    const { routes } = plan(boxes(root), options.arrows);
    picture.setAttribute("width", String(root.scrollWidth));
    picture.setAttribute("height", String(root.scrollHeight));
    for (const old of picture.querySelectorAll(".flow-arrow")) old.remove();
    const focused = marks.contains(document.activeElement) ? document.activeElement?.id : "";
    marks.replaceChildren(...routes.map((route) => drawRoute(route, picture)));
    if (focused) document.getElementById(focused)?.focus();
  };
  const watcher = new ResizeObserver(draw);
  // Cards grow when icons and fonts arrive, and everything changes its place when a phone is turned.
  for (const each of root.querySelectorAll(".stage-list, .stage-card")) watcher.observe(each);
  addEventListener("resize", draw);
  draw();
  const stopScrolling = scrolling(root, options.path);
  const stopDrawing = drawing(root, picture, options);
  const stopPointing = pointing(root, picture, marks);
  return () => {
    watcher.disconnect();
    removeEventListener("resize", draw);
    stopScrolling();
    stopDrawing();
    stopPointing();
    picture.remove();
    marks.remove();
  };
}

// Where one was, and the picked stage or way in sight.
function scrolling(root: HTMLElement, path: string): () => void {
  const frame = root.closest<HTMLElement>(".flow-scroll");
  if (!frame) return () => undefined;
  frame.scrollLeft = scrolled.get(path) ?? 0;
  const picked = root.querySelector<HTMLElement>(".stage-card.is-picked, .flow-mark.is-picked");
  if (picked && picked.checkVisibility()) {
    const [outer, inner] = [frame.getBoundingClientRect(), picked.getBoundingClientRect()];
    const room = 24;
    if (inner.right + room > outer.right) frame.scrollLeft += inner.right + room - outer.right;
    if (inner.left - room < outer.left) frame.scrollLeft += inner.left - room - outer.left;
  }
  const keep = (): unknown => scrolled.set(path, frame.scrollLeft);
  keep();
  frame.addEventListener("scroll", keep, { passive: true });
  return () => frame.removeEventListener("scroll", keep);
}

function boxes(root: HTMLElement): Box[] {
  const start = root.getBoundingClientRect();
  return [...root.querySelectorAll<HTMLElement>(".stage-card")].map((card) => {
    const place = card.getBoundingClientRect();
    return { key: card.dataset["key"] ?? "", x: place.left - start.left, y: place.top - start.top, width: place.width, height: place.height };
  });
}

function head(): SVGElement {
  const definitions = document.createElementNS(space, "defs");
  for (const name of ["plain", "strong"]) {
    const marker = document.createElementNS(space, "marker");
    const attributes = { id: `flow-head-${name}`, class: `flow-head is-${name}`, viewBox: "0 0 8 8", refX: "7", refY: "4", markerWidth: "8", markerHeight: "8", markerUnits: "userSpaceOnUse", orient: "auto" };
    for (const [key, value] of Object.entries(attributes)) marker.setAttribute(key, value);
    const shape = document.createElementNS(space, "path");
    shape.setAttribute("d", "M0 0.5 L8 4 L0 7.5 Z");
    marker.append(shape);
    definitions.append(marker);
  }
  return definitions;
}

// A line with a wide invisible one for the pointer, and its mark: a link that keyboards and screen readers reach.
function drawRoute(route: Route, picture: SVGSVGElement): HTMLElement {
  const { arrow } = route;
  const group = document.createElementNS(space, "g");
  group.setAttribute("class", `flow-arrow${arrow.picked ? " is-picked" : ""}${arrow.wrong ? " is-wrong" : ""}`);
  group.dataset["from"] = arrow.from ?? "";
  group.dataset["to"] = arrow.to;
  for (const kind of ["flow-reach", "flow-line"]) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("class", kind);
    path.setAttribute("d", route.d);
    if (kind === "flow-line") path.setAttribute("marker-end", `url(#flow-head-${arrow.picked ? "strong" : "plain"})`);
    group.append(path);
  }
  picture.append(group);
  const key = arrow.path.split("/").at(-1) ?? "";
  const shown = route.room > 70 ? (arrow.label || (arrow.from === null ? t("from every stage") : "")) : "";
  const address = new URLSearchParams(location.search);
  address.set("pick", arrow.path);
  const link = element(
    "a",
    {
      class: `flow-mark${shown ? " has-text" : ""}${arrow.picked ? " is-picked" : ""}`,
      id: `arrow-${key}${arrow.from === null ? "" : `-${arrow.from}`}`,
      href: `?${address.toString().replaceAll("%2F", "/")}`,
      "data-visit": true,
      draggable: "false",
      "aria-label": arrow.title,
      title: arrow.title,
      "aria-current": arrow.picked ? "true" : undefined,
    },
    arrow.mark ? (icon(arrow.mark) as unknown as HTMLElement) : null,
    shown ? element("span", {}, shown) : null,
  );
  link.style.left = `${route.x}px`;
  link.style.top = `${route.y}px`;
  if (shown) link.style.maxWidth = `${Math.max(40, route.room - 12)}px`;
  group.addEventListener("click", () => link.click());
  for (const [name, on] of [["pointerenter", true], ["pointerleave", false]] as const) group.addEventListener(name, () => link.classList.toggle("is-near", on));
  for (const [name, on] of [["pointerenter", true], ["pointerleave", false], ["focus", true], ["blur", false]] as const) link.addEventListener(name, () => group.classList.toggle("is-near", on));
  return link;
}

// The arrows of the stage under the pointer, or with the focus, stand out.
function pointing(root: HTMLElement, picture: SVGSVGElement, marks: HTMLElement): () => void {
  const show = (event: Event): void => {
    const target = event.target as HTMLElement;
    if (marks.contains(target)) return;
    const key = target.closest<HTMLElement>(".stage-card")?.dataset["key"];
    picture.classList.toggle("has-chosen", key !== undefined);
    for (const group of picture.querySelectorAll<SVGGElement>(".flow-arrow")) group.classList.toggle("is-chosen", key !== undefined && (group.dataset["from"] === key || group.dataset["to"] === key));
  };
  for (const name of ["pointerover", "focusin", "pointerleave"]) root.addEventListener(name, show);
  return () => {
    for (const name of ["pointerover", "focusin", "pointerleave"]) root.removeEventListener(name, show);
  };
}

// From the dot of a card to another card: a way. A click alone opens the stage, whose panel has the same as a menu.
function drawing(root: HTMLElement, picture: SVGSVGElement, options: Options): () => void {
  let from: HTMLElement | null = null;
  let line: SVGPathElement | null = null;
  const over = (event: PointerEvent): HTMLElement | null => {
    const card = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>(".stage-card") ?? null;
    return card && root.contains(card) && card !== from ? card : null;
  };
  const mark = (card: HTMLElement | null): void => {
    for (const each of root.querySelectorAll(".stage-card")) each.classList.toggle("is-target", each === card);
  };
  const end = (): void => {
    line?.remove();
    mark(null);
    from?.classList.remove("is-source");
    [from, line] = [null, null];
  };
  const down = (event: PointerEvent): void => {
    const dot = (event.target as HTMLElement).closest<HTMLElement>("[data-draw]");
    if (!dot || event.button !== 0) return;
    event.stopPropagation(); // the card stays where it is
    dot.setPointerCapture(event.pointerId);
    from = dot.closest<HTMLElement>(".stage-card");
  };
  const move = (event: PointerEvent): void => {
    if (!from) return;
    const [dot, start] = [from.querySelector("[data-draw]")!.getBoundingClientRect(), root.getBoundingClientRect()];
    const [x, y] = [dot.left + dot.width / 2 - start.left, dot.top + dot.height / 2 - start.top];
    const [toX, toY] = [event.clientX - start.left, event.clientY - start.top];
    if (!line) {
      if (Math.hypot(toX - x, toY - y) < 10) return;
      line = document.createElementNS(space, "path");
      line.setAttribute("class", "flow-line is-drawn");
      line.setAttribute("marker-end", "url(#flow-head-strong)");
      picture.append(line);
      from.classList.add("is-source");
    }
    line.setAttribute("d", `M${x} ${y} L${toX} ${toY}`);
    mark(over(event));
  };
  const up = (event: PointerEvent): void => {
    if (!from) return;
    const [start, target, drawn] = [from.dataset["key"], over(event)?.dataset["key"], line !== null];
    const card = from;
    end();
    if (drawn && target) {
      const act = { op: "new_transition", path: options.path, from: start, to: target };
      root.dispatchEvent(new CustomEvent("design-act", { bubbles: true, detail: { act, isNew: true } }));
    } else if (!drawn) card.querySelector<HTMLElement>(".stage-card-link")?.click();
  };
  const keyed = (event: MouseEvent): void => {
    const dot = (event.target as HTMLElement).closest<HTMLElement>("[data-draw]");
    if (dot && event.detail === 0) dot.closest(".stage-card")?.querySelector<HTMLElement>(".stage-card-link")?.click(); // Enter, not the pointer
  };
  root.addEventListener("pointerdown", down, true);
  root.addEventListener("pointermove", move);
  root.addEventListener("pointerup", up);
  root.addEventListener("pointercancel", end);
  root.addEventListener("click", keyed);
  return () => {
    root.removeEventListener("pointerdown", down, true);
    root.removeEventListener("pointermove", move);
    root.removeEventListener("pointerup", up);
    root.removeEventListener("pointercancel", end);
    root.removeEventListener("click", keyed);
  };
}
