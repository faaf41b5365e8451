// Loaded before anything is drawn: chooses light or dark for people who follow their device.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = (): void => {
    const chosen = root.dataset["theme"] ?? "auto";
    root.dataset["bsTheme"] = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  };
  apply();
  dark.addEventListener("change", apply);
  new MutationObserver(apply).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
  try {
    if (localStorage.getItem("formloom.sidebar") === "closed") root.dataset["sidebar"] = "closed";
  } catch {
    // No storage: the sidebar is simply open.
  }
})();
