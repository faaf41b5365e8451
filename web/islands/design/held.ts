// Whether something is being held with the mouse or a finger: a page that is drawn anew meanwhile would tear a drag or lose a click.
let held = false;
let carried = false;
let waiting: (() => void)[] = [];

function release(): void {
  held = carried = false;
  // A click comes after the release; what waits goes behind it.
  setTimeout(() => {
    if (held) return;
    for (const each of waiting) each();
    waiting = [];
  });
}

export function watchHolding(): void {
  document.addEventListener("pointerdown", (event) => (held = event.isPrimary), true);
  document.addEventListener("dragstart", () => (held = carried = true), true);
  for (const name of ["pointerup", "dragend", "drop"]) document.addEventListener(name, release, true);
  // The browser takes the pointer away for a drag of its own; else it scrolls.
  document.addEventListener("pointercancel", () => carried || release(), true);
}

export function released(): Promise<void> {
  return held ? new Promise((done) => waiting.push(done)) : Promise.resolve();
}
