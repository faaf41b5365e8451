"""A person at the browser, with a mouse or with the keyboard alone; every click, drag, key chord and typed text is counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from playwright.sync_api import Error, Locator, Page, expect

MOST = 60
# Nothing is on its way to the server, and no dialog is being fetched.
QUIET = """() => !document.querySelector("[aria-busy=true], .htmx-request, .htmx-swapping, .htmx-settling")
  && !/Saving|保存/.test(document.querySelector("[data-draft-state]")?.textContent ?? "")"""
# How many presses of Tab (Shift+Tab: negative) lead from the focus to an element; null when it cannot be reached.
TABS = """target => {
  const scope = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document;
  const all = [...scope.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [contenteditable=true]")]
    .filter(each => each.tabIndex >= 0 && !each.disabled && !each.closest("[inert]") && each.checkVisibility());
  if (target.matches(".ts-control") && target.parentElement.contains(document.activeElement)) return 0;
  const [from, to] = [all.indexOf(document.activeElement), all.indexOf(target)];
  return from < 0 || to < 0 ? null : to - from;
}"""
# What is wrong with the focus: keyboard people have to see where they are.
LOST = """() => {
  const here = document.activeElement;
  if (!here || here === document.body || here.closest("#palette")) return "";
  const box = here.getBoundingClientRect();
  const name = here.id || here.getAttribute("aria-label") || here.textContent.trim().slice(0, 40) || here.tagName;
  if (box.bottom < 0 || box.right < 0 || box.top > innerHeight || box.left > innerWidth) return `${name} has the focus out of sight`;
  const marked = [here, here.parentElement, here.closest("label, .ts-control, .cm-editor, .ts-wrapper")].some(each => {
    const style = each && getComputedStyle(each);
    return style && ((style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none");
  });
  return marked ? "" : `${name} does not show that it has the focus`;
}"""


def shortest(option: str, texts: list[str]) -> str:
    """As much of it as has to be typed until no other begins so."""
    for length in range(1, len(option)):
        begun = option[:length].lower()
        if [each for each in texts if each.startswith(begun)] == [option.lower()]:
            return begun
    return option


class Person:
    """What somebody means to do, by the names that stand on the page. Subclasses know with which hands."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0
        self.parts: dict[str, int] = {}
        self.complaints: list[str] = []

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Counts what is done inside; it has to be less than MOST."""
        self.count = 0
        yield
        self.settled()
        self.parts[name] = self.count
        assert self.count < MOST, f"{name} took {self.count} interactions"

    def settled(self) -> None:
        """Everything that was done is saved and drawn."""
        self.page.wait_for_function(QUIET)

    # -- what both can do
    def key(self, chord: str) -> None:
        self.settled()
        self.page.keyboard.press(chord)
        self.count += 1

    def write(self, text: str) -> None:
        """Types over what has the focus."""
        self.page.keyboard.insert_text(text)
        self.count += 1

    # -- what each does in their own way
    def do(self, name: str, within: str = "", role: str = "") -> None:
        """Presses the button, follows the link, ticks the box of this name. within: name of the region or menu around it."""
        raise NotImplementedError

    def into(self, label: str, text: str, within: str = "") -> None:
        """Writes into the input of this label, and leaves it."""
        raise NotImplementedError

    def choose(self, label: str, option: str, within: str = "") -> None:
        """Chooses in the list of this label."""
        raise NotImplementedError

    def pick(self, menu: str, item: str) -> None:
        """Chooses in a menu that unfolds."""
        raise NotImplementedError

    def carry(self, item: str, section: str) -> None:
        """Carries an item of a form into the section with this name; it stays picked."""
        raise NotImplementedError

    # -- finding
    def _place(self, within: str) -> Locator | Page:
        dialog = self.page.locator("dialog[open]:not(#palette)")
        if dialog.count():
            return dialog.last
        if not within:
            return self.page
        for role in ("region", "complementary", "navigation", "group"):
            found = self.page.get_by_role(role, name=within, exact=True)
            if found.count():
                return found.first
        menu = self.page.locator(
            "details.menu", has=self.page.locator(f'summary[aria-label="{within}"], summary:text-is("{within}")')
        )
        assert menu.count(), f"no place {within}"
        return menu.first

    def _control(self, name: str, within: str, role: str) -> Locator:
        place = self._place(within)
        roles = (role,) if role else ("button", "link", "checkbox", "radio", "switch")
        found = place.get_by_role(roles[0], name=name, exact=True)  # type: ignore[arg-type]
        for each in roles[1:]:
            found = found.or_(place.get_by_role(each, name=name, exact=True))  # type: ignore[arg-type]
        if not role:
            found = found.or_(place.locator(f'summary[aria-label="{name}"]'))
        # Rows, cards and folds say more than their name.
        longer = place.locator("a, summary, button").filter(has_text=re.compile(rf"^\s*{re.escape(name)}"))
        return (found if found.count() else longer).locator("visible=true").first

    def _search_box(self, field: Locator) -> Locator | None:
        """What is seen of a list that can be searched; None for a plain one."""
        if (field.get_attribute("id") or "").endswith("-ts-control"):
            return field
        if "tomselected" in (field.get_attribute("class") or ""):
            return field.locator("xpath=following-sibling::*[1]").locator(".ts-control")
        return None

    def _input(self, label: str, within: str) -> Locator:
        inputs = self._place(within).locator("input, select, textarea, .ts-control, [contenteditable=true]")
        return self._place(within).get_by_label(label, exact=True).and_(inputs).locator("visible=true").first


class Pointer(Person):
    """With the mouse; texts are typed."""

    def click(self, target: Locator) -> None:
        self.settled()
        # Some cards leave the mouse to what is around them, so that they can be dragged.
        if target.evaluate("each => getComputedStyle(each).pointerEvents") == "none":
            target = target.locator("xpath=..")
        target.click()
        self.count += 1

    def do(self, name: str, within: str = "", role: str = "") -> None:
        self.settled()
        self.click(self._control(name, within, role))

    def into(self, label: str, text: str, within: str = "") -> None:
        self.settled()
        field = self._input(label, within)
        expect(field).to_be_visible()
        if not field.evaluate("each => each === document.activeElement"):
            field.click(click_count=3)
            self.count += 1
        self.write(text)

    def choose(self, label: str, option: str, within: str = "") -> None:
        self.settled()
        field = self._input(label, within)
        if box := self._search_box(field):
            if not field.locator("xpath=following-sibling::*[1]").locator(".ts-dropdown").locator("visible=true").count():
                self.click(box)
            self.click(
                self.page.locator(".ts-dropdown:visible .option")
                .filter(has_text=re.compile(rf"^\s*{re.escape(option)}\s*$"))
                .first
            )
        else:
            field.select_option(label=option)
            self.count += 2

    def pick(self, menu: str, item: str) -> None:
        self.do(menu)
        self.click(self._place(menu).get_by_role("button", name=item, exact=True))

    def carry(self, item: str, section: str) -> None:
        self.settled()
        # The section may still have to be drawn with the name that has just been typed.
        self.page.get_by_role("link", name=item, exact=True).drag_to(self.page.locator(".canvas-section.is-picked [data-drop]"))
        self.count += 1


class Keyboard(Person):
    """Without a mouse: Tab when it is near, else Ctrl+K and the name."""

    def do(self, name: str, within: str = "", role: str = "") -> None:
        self.settled()
        target = self._control(name, within, role)
        target.wait_for()
        if self._tab_to(target):
            box = target.evaluate("each => each.matches('input')")
            self._press("Space" if box else "Enter")
        else:
            self._find(name, within)
        self.settled()

    def into(self, label: str, text: str, within: str = "") -> None:
        self.settled()
        if not self._tab_to(self._input(label, within)):
            self._find(label, within)
        self.write(text)
        self._look()

    def choose(self, label: str, option: str, within: str = "") -> None:
        self.settled()
        field = self._input(label, within)
        box = self._search_box(field)
        if not self._tab_to(box or field):
            self._find(label, within)
        if box:
            if not self.page.locator(".ts-dropdown:visible").count():
                self._press("ArrowDown")
            self.write(option.lstrip("› "))
            expect(self.page.locator(".ts-dropdown:visible .option.active")).to_contain_text(option)
            self._press("Enter")
        elif option.isascii():
            texts = field.evaluate("each => [...each.options].map(option => option.text.trim().toLowerCase())")
            self.page.keyboard.type(shortest(option, texts))
            self.count += 1
            # A closed list forgets the first letters when the next ones come late.
            if field.locator("option:checked").inner_text() != option:
                self._go_to(field, option)
        else:
            self._go_to(field, option)
        self._press("Tab")

    def pick(self, menu: str, item: str) -> None:
        self.settled()
        self._find(item, menu)

    def carry(self, item: str, section: str) -> None:
        self.do(item)
        place = self.page.get_by_role("region", name=section, exact=True)
        for _ in range(8):
            self._press("Alt+ArrowDown")
            self.settled()
            if place.get_by_role("link", name=item, exact=True).count():
                return
        raise AssertionError(f"{item} does not come to {section}")

    def _go_to(self, field: Locator, option: str) -> None:
        """What comes through an input method, a closed list does not listen to: the arrows do."""
        texts = field.evaluate("each => [...each.options].map(option => option.text.trim())")
        away = texts.index(option) - field.evaluate("each => each.selectedIndex")
        for _ in range(abs(away)):
            self._press("ArrowDown" if away > 0 else "ArrowUp")

    def _press(self, chord: str) -> None:
        self.page.keyboard.press(chord)
        self.count += 1
        self._look()

    def _look(self) -> None:
        with suppress(Error):  # the key may have led to another page
            if told := self.page.evaluate(LOST):
                self.complaints.append(f"{told}, after {self.count}")

    def _tab_to(self, target: Locator, most: int = 3) -> bool:
        if target.count() == 0:
            return False
        away = target.evaluate(TABS)
        if away is None or abs(away) > most:
            return False
        for _ in range(abs(away)):
            self._press("Tab" if away > 0 else "Shift+Tab")
        return True

    def _find(self, name: str, within: str) -> None:
        """By the palette: what is on the page is found by its name, and by the place it is in."""
        self._press("Control+k")
        box = self.page.locator("#palette input")
        expect(box).to_be_focused()
        self.page.keyboard.insert_text(f"{name} {within}".strip())
        self.count += 1
        hits = self.page.locator("#palette-list [data-here].palette-item")
        expect(hits.first).to_be_visible()
        names = [each.strip() for each in hits.locator("span:first-of-type").all_inner_texts()]
        assert name in names, f"{name} {within} is not among {names}"
        for _ in range(names.index(name)):
            self._press("ArrowDown")
        self.page.keyboard.press("Enter")
        self.count += 1
