// Texts in the reader's language. t("Undo") is looked up in the catalogue; {name} is filled in afterwards.
declare global {
  interface Window {
    formloomTexts?: Record<string, string>;
  }
}

export function t(text: string, values: Record<string, string | number> = {}): string {
  const translated = window.formloomTexts?.[text] ?? text;
  return translated.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function language(): string {
  return document.documentElement.lang || "en";
}
