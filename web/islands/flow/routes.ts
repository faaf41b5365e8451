// What the two ways of drawing a pipeline have in common.
export interface Arrow {
  path: string;
  from: string | null; // null: from every stage
  to: string;
  label: string;
  title: string;
  mark: string;
  picked: boolean;
  wrong: boolean;
}
export interface Box {
  key: string;
  x: number;
  y: number;
  width: number;
  height: number;
}
// d: the line. x, y: the middle of its mark. room: how wide a text the mark may have.
export interface Route {
  arrow: Arrow;
  d: string;
  x: number;
  y: number;
  room: number;
}
// top, bottom: the space that is needed above and below the cards.
export interface Routes {
  routes: Route[];
  top: number;
  bottom: number;
}

// Places side by side on an edge, so that lines do not begin and end at one spot.
export class Ports {
  private readonly taken = new Map<string, number>();

  constructor(private readonly wanted: Map<string, number>) {}

  next(key: string, length: number): number {
    const [number, count] = [this.taken.get(key) ?? 0, this.wanted.get(key) ?? 1];
    this.taken.set(key, number + 1);
    return length * (0.18 + (0.64 * (number + 0.5)) / count);
  }
}

export function count(keys: string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1);
  return found;
}
