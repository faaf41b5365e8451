// The preview of a form: as wide as a desk or a phone, and as which role.
export function mount(root: HTMLElement): void {
  const show = (size: string): void => {
    root.classList.toggle("is-phone", size === "phone");
    for (const each of root.querySelectorAll<HTMLElement>("[data-size]")) each.setAttribute("aria-pressed", String(each.dataset["size"] === size));
    sessionStorage.setItem("form-preview-size", size);
  };
  root.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-size]");
    if (button) show(button.dataset["size"] ?? "desk");
  });
  root.querySelector("[data-preview-role]")?.addEventListener("change", (event) => (event.currentTarget as HTMLFormElement).submit());
  show(sessionStorage.getItem("form-preview-size") ?? "desk");
}
