// CodeMirror's own rules as adopted style sheets: the site's policy allows no <style> elements.
import { StyleModule } from "style-mod";

const adopted = new Set<StyleModule>();

export function adoptStyles(): void {
  StyleModule.mount = (_root, modules) => {
    for (const each of Array.isArray(modules) ? (modules as readonly StyleModule[]) : [modules as StyleModule]) {
      if (adopted.has(each)) continue;
      adopted.add(each);
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(each.getRules());
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    }
  };
}
