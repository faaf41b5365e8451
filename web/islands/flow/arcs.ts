// Ways that run above or below a row of cards, each at a height of its own where they overlap.
import { type Arrow, type Box, type Route, Ports, count } from "./routes";

export const [laneHeight, edge] = [26, 14];
const corner = 9;

// from, to: the numbers of the cards.
export interface Arc {
  arrow: Arrow;
  from: number;
  to: number;
  lane: number;
}

// Short arcs lie inside; two that overlap get different heights. Gives the number of heights.
export function stack(arcs: Arc[], boxes: Box[]): number {
  const across = (arc: Arc): [number, number] => [Math.min(boxes[arc.from]!.x, boxes[arc.to]!.x), Math.max(boxes[arc.from]!.x, boxes[arc.to]!.x)];
  const length = (arc: Arc): number => across(arc)[1] - across(arc)[0];
  arcs.sort((one, other) => length(one) - length(other) || one.from - other.from);
  const lanes: [number, number][][] = [];
  for (const arc of arcs) {
    const [low, high] = across(arc);
    let lane = lanes.findIndex((taken) => taken.every(([from, to]) => high <= from || low >= to));
    if (lane < 0) lane = lanes.push([]) - 1;
    lanes[lane]!.push([low, high]);
    arc.lane = lane;
  }
  return lanes.length;
}

export function arcs(boxes: Box[], found: Arc[], side: 1 | -1, free: { to: number }[]): Route[] {
  const ends = [...found.flatMap((arc) => [arc.from, arc.to]), ...free.map((each) => each.to)];
  const wanted = count(ends.map((number) => boxes[number]!.key));
  const ports = new Ports(wanted);
  // The ends at one card stand in the order in which their other ends lie, so that lines cross as little as can be.
  const order = [...found].flatMap((arc) => [{ arc, at: arc.from, other: arc.to }, { arc, at: arc.to, other: arc.from }]);
  const isLeft = (end: { at: number; other: number }): boolean => boxes[end.other]!.x < boxes[end.at]!.x;
  order.sort((one, other) => one.at - other.at || Number(!isLeft(one)) - Number(!isLeft(other)) || (isLeft(one) ? one.arc.lane - other.arc.lane : other.arc.lane - one.arc.lane));
  const places = new Map<string, number>();
  for (const { arc, at } of order) {
    const box = boxes[at]!;
    places.set(`${found.indexOf(arc)}-${at}`, box.x + ports.next(box.key, box.width));
  }
  return found.map((arc, number) => {
    const [from, to] = [boxes[arc.from]!, boxes[arc.to]!];
    const [startX, endX] = [places.get(`${number}-${arc.from}`)!, places.get(`${number}-${arc.to}`)!];
    const [startY, endY] = side < 0 ? [from.y, to.y - 2] : [from.y + from.height, to.y + to.height + 2];
    const outer = side < 0 ? Math.min(...boxes.map((box) => box.y)) : Math.max(...boxes.map((box) => box.y + box.height));
    const y = outer + side * (edge + arc.lane * laneHeight + 6);
    const way = endX > startX ? 1 : -1;
    const turn = side < 0 ? 1 : -1;
    const d = `M${startX} ${startY} V${y + turn * corner} Q${startX} ${y} ${startX + way * corner} ${y} H${endX - way * corner} Q${endX} ${y} ${endX} ${y + turn * corner} V${endY}`;
    return { arrow: arc.arrow, d, x: (startX + endX) / 2, y, room: Math.abs(endX - startX) - 2 * corner };
  });
}
