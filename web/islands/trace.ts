// A run drawn on its automation: the card that is chosen, hovered or has the focus shows what it met. Where there is no room
// beside the cards, it is told under the card. Without this script everything is listed after the drawing.
const NARROW = "(max-width: 1279px)";

export function mount(root: HTMLElement, options: { first?: string }): () => void {
  const cards = [...root.querySelectorAll<HTMLAnchorElement>("[data-trace]")];
  const place = root.querySelector<HTMLElement>(".trace-details");
  const narrow = matchMedia(NARROW);
  let chosen = options.first ?? "";

  function detailOf(name: string): HTMLElement | null {
    return document.getElementById(name);
  }

  function show(name: string): void {
    for (const card of cards) {
      const its = card.dataset["trace"] ?? "";
      const detail = detailOf(its);
      if (!detail) continue;
      detail.hidden = its !== name;
      if (its !== name) continue;
      if (narrow.matches) card.after(detail);
      else place?.append(detail);
    }
  }

  function choose(name: string): void {
    chosen = name;
    for (const card of cards) {
      if (card.dataset["trace"] === name) card.setAttribute("aria-current", "true");
      else card.removeAttribute("aria-current");
    }
    show(name);
  }

  for (const card of cards) {
    const name = card.dataset["trace"] ?? "";
    card.addEventListener("click", (event) => {
      event.preventDefault();
      choose(name);
      if (event.detail === 0) detailOf(name)?.focus(); // by the keyboard: on to what is told
    });
    card.addEventListener("focus", () => {
      if (card.matches(":focus-visible") && !narrow.matches) show(name);
    });
    card.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse" && !narrow.matches) show(name);
    });
    card.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && !narrow.matches) show(chosen);
    });
  }
  const again = (): void => show(chosen);
  narrow.addEventListener("change", again);
  choose(chosen);
  return () => narrow.removeEventListener("change", again);
}
