"""Inputs for formulas and texts with fields: an editor stands over a plain input that keeps the value."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def editor(page: Page, input_id: str) -> Locator:
    """The editor over an input, as soon as it is there."""
    found = page.locator(f"[data-editor-of='{input_id}']")
    expect(found).to_be_visible()
    return found


def fill_formula(page: Page, input_id: str, text: str) -> Locator:
    """Writes a whole formula or text, in place of what is there, and leaves the input: the draft has it then."""
    found = editor(page, input_id)
    found.fill(text)
    expect(page.locator(f"#{input_id}")).to_have_value(text)
    found.blur()
    return found
