// Stages in a row: the next one is reached straight, further ones by arcs above the row, earlier ones by arcs below it.
import { type Arc, arcs, edge, laneHeight, stack } from "./arcs";
import { type Arrow, type Box, type Route, type Routes } from "./routes";

const stub = 30;

export function lineRoutes(boxes: Box[], arrows: Arrow[]): Routes {
  const place = new Map(boxes.map((box, number) => [box.key, number]));
  const routes: Route[] = [];
  const above: Arc[] = [];
  const below: Arc[] = [];
  const free: { arrow: Arrow; to: number }[] = [];
  for (const arrow of arrows) {
    const to = place.get(arrow.to);
    if (to === undefined) continue;
    if (arrow.from === null) {
      free.push({ arrow, to });
      continue;
    }
    const from = place.get(arrow.from);
    if (from === undefined || from === to) continue;
    if (to === from + 1) routes.push(straight(arrow, boxes[from]!, boxes[to]!));
    else (to > from ? above : below).push({ arrow, from, to, lane: 0 });
  }
  const [lanesAbove, lanesBelow] = [stack(above, boxes), stack(below, boxes)];
  routes.push(...arcs(boxes, above, -1, free), ...arcs(boxes, below, 1, []));
  routes.push(...free.map((each) => fromAll(each.arrow, boxes[each.to]!, lanesAbove)));
  const top = edge + lanesAbove * laneHeight + (free.length ? stub : 0);
  return { routes, top: lanesAbove || free.length ? top : edge, bottom: lanesBelow ? edge + lanesBelow * laneHeight : edge };
}

function straight(arrow: Arrow, from: Box, to: Box): Route {
  const y = Math.min(from.y + from.height, to.y + to.height) - Math.min(from.height, to.height) / 2;
  const [start, end] = [from.x + from.width, to.x - 2];
  return { arrow, d: `M${start} ${y} H${end}`, x: (start + end) / 2, y, room: 0 };
}

// From every stage: a short arrow from above all arcs.
function fromAll(arrow: Arrow, to: Box, lanes: number): Route {
  const x = to.x + to.width * 0.9;
  const y = to.y - edge - lanes * laneHeight - stub + 10;
  return { arrow, d: `M${x} ${y} V${to.y - 2}`, x: x - to.width * 0.3, y, room: to.width };
}
