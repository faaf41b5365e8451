// Stages in columns, ends in a row below: straight to the next column, arcs above for the rest of the row, curves between rows.
import { type Arc, arcs, stack } from "./arcs";
import { type Arrow, type Box, type Route, type Routes, Ports, count } from "./routes";

const [edge, laneHeight] = [16, 26];

export function graphRoutes(boxes: Box[], arrows: Arrow[]): Routes {
  const place = new Map(boxes.map((box, number) => [box.key, number]));
  const routes: Route[] = [];
  const above: Arc[] = [];
  const between: { arrow: Arrow; from: Box; to: Box }[] = [];
  let hasFree = false;
  for (const arrow of arrows) {
    const [from, to] = [place.get(arrow.from ?? ""), place.get(arrow.to)];
    if (to === undefined || from === to) continue;
    if (arrow.from === null) {
      hasFree = true;
      routes.push(fromAll(arrow, boxes[to]!));
    } else if (from !== undefined) {
      const [start, end] = [boxes[from]!, boxes[to]!];
      if (Math.abs(start.y - end.y) > 4) between.push({ arrow, from: start, to: end });
      else if (isNext(start, end, boxes)) routes.push(straight(arrow, start, end));
      else above.push({ arrow, from, to, lane: 0 });
    }
  }
  const lanes = stack(above, boxes);
  routes.push(...arcs(boxes, above, -1, []), ...curves(between));
  return { routes, top: lanes || hasFree ? edge + lanes * laneHeight + 8 + (hasFree ? 20 : 0) : edge, bottom: edge };
}

function isNext(from: Box, to: Box, boxes: Box[]): boolean {
  return to.x > from.x && !boxes.some((box) => Math.abs(box.y - from.y) <= 4 && box.x > from.x && box.x < to.x);
}

function straight(arrow: Arrow, from: Box, to: Box): Route {
  const y = from.y + Math.min(from.height, to.height) / 2;
  const [start, end] = [from.x + from.width, to.x - 2];
  return { arrow, d: `M${start} ${y} H${end}`, x: (start + end) / 2, y, room: end - start - 20 };
}

// Down, or up again, between two rows. Ends at one card stand in the order of their other ends.
function curves(found: { arrow: Arrow; from: Box; to: Box }[]): Route[] {
  const name = (box: Box, other: Box): string => `${box.key}-${other.y > box.y ? "low" : "high"}`;
  const ends = found.flatMap((each, number) => [
    { number, at: name(each.from, each.to), box: each.from, other: each.to },
    { number, at: name(each.to, each.from), box: each.to, other: each.from },
  ]);
  ends.sort((one, other) => one.other.x - other.other.x || one.number - other.number);
  const ports = new Ports(count(ends.map((each) => each.at)));
  const places = new Map(ends.map((each) => [`${each.number}-${each.box.key}`, each.box.x + ports.next(each.at, each.box.width)]));
  const marks: { x: number; y: number }[] = [];
  return found.map(({ arrow, from, to }, number) => {
    const down = to.y > from.y;
    const [startX, endX] = [places.get(`${number}-${from.key}`)!, places.get(`${number}-${to.key}`)!];
    const [startY, endY] = down ? [from.y + from.height, to.y - 2] : [from.y, to.y + to.height + 2];
    const bend = (endY - startY) * 0.55;
    const at = (share: number): { x: number; y: number } => {
      const rest = 1 - share;
      const [a, b, c, d] = [rest ** 3, 3 * rest ** 2 * share, 3 * rest * share ** 2, share ** 3];
      return { x: (a + b) * startX + (c + d) * endX, y: a * startY + b * (startY + bend) + c * (endY - bend) + d * endY };
    };
    const spot = [0.5, 0.36, 0.64, 0.25, 0.75].map(at).find((each) => !marks.some((mark) => Math.hypot(mark.x - each.x, mark.y - each.y) < 26)) ?? at(0.5);
    marks.push(spot);
    return { arrow, d: `M${startX} ${startY} C${startX} ${startY + bend} ${endX} ${endY - bend} ${endX} ${endY}`, ...spot, room: 0 };
  });
}

function fromAll(arrow: Arrow, to: Box): Route {
  const x = to.x + to.width * 0.9;
  return { arrow, d: `M${x} ${to.y - 26} V${to.y - 2}`, x: x - to.width * 0.3, y: to.y - 26, room: to.width };
}
