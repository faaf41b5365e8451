// A form with one file: drop it anywhere on the page or choose it, and it is sent at once, with how far it is.
import { t } from "./shared/text";

export function mount(form: HTMLElement): () => void {
  const input = form.querySelector<HTMLInputElement>("[data-drop-input]");
  const progress = form.querySelector<HTMLElement>("[data-drop-progress]");
  const status = form.querySelector<HTMLElement>("[data-drop-status]");
  const bar = progress?.querySelector("progress");
  let depth = 0;

  const submit = (): void => {
    if (!input?.files?.length) return;
    if (progress) progress.hidden = false;
    if (status) status.textContent = t("“{name}” is being uploaded", { name: input.files[0]?.name ?? "" });
    (form as HTMLFormElement).requestSubmit();
  };
  const light = (on: boolean): void => void form.classList.toggle("is-over", on);
  const carriesFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  const enter = (event: DragEvent): void => {
    if (!carriesFile(event)) return;
    depth += 1;
    light(true);
  };
  const over = (event: DragEvent): void => {
    if (carriesFile(event)) event.preventDefault();
  };
  const leave = (): void => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) light(false);
  };
  const drop = (event: DragEvent): void => {
    depth = 0;
    light(false);
    if (!input || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0] as File);
    input.files = one.files;
    submit();
  };
  const tell = (event: Event): void => {
    const { loaded, total } = (event as CustomEvent<{ loaded: number; total: number }>).detail;
    if (bar && total > 0) bar.value = (loaded / total) * 100;
    if (status && loaded >= total) status.textContent = t("The file is being read …");
  };
  const stop = (): void => {
    if (progress) progress.hidden = true;
  };

  input?.addEventListener("change", submit);
  form.addEventListener("htmx:xhr:progress", tell);
  form.addEventListener("htmx:responseError", stop);
  form.addEventListener("htmx:sendError", stop);
  document.addEventListener("dragenter", enter);
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", leave);
  document.addEventListener("drop", drop);
  return () => {
    document.removeEventListener("dragenter", enter);
    document.removeEventListener("dragover", over);
    document.removeEventListener("dragleave", leave);
    document.removeEventListener("drop", drop);
  };
}
