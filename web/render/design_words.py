"""Names of types and their options for people who build apps. A new type, option or value of an enum gets a line here."""

from __future__ import annotations

from web.i18n import gettext, mark

# Field types: name, and one line of what it is for.
TYPES: dict[str, tuple[str, str]] = {
    "text": (mark("Short text"), mark("One line: names, titles, codes")),
    "long_text": (mark("Long text"), mark("Several lines: notes, descriptions")),
    "number": (mark("Number"), mark("Quantities, with or without decimals")),
    "currency": (mark("Money"), mark("An amount in one currency")),
    "percent": (mark("Percent"), mark("25 means 25 %")),
    "boolean": (mark("Yes or no"), mark("A box to tick")),
    "select": (mark("Choice"), mark("One of a list, with colours")),
    "multi_select": (mark("Several choices"), mark("Any number of a list: tags")),
    "date": (mark("Date"), mark("A day")),
    "datetime": (mark("Date and time"), mark("A point in time")),
    "phone": (mark("Phone"), mark("A number that can be called")),
    "email": (mark("E-mail"), mark("An address that can be written to")),
    "url": (mark("Web address"), mark("A link to a page")),
    "person": (mark("Person"), mark("A member of the workspace")),
    "team": (mark("Team"), mark("A team of the workspace")),
    "relation": (mark("Relation"), mark("A link to other records")),
    "auto_number": (mark("Number in a series"), mark("Given by itself, like L-202603-0042")),
    "formula": (mark("Formula"), mark("Computed from other fields")),
}

GROUPS: dict[str, str] = {
    "text": mark("Texts and contact"),
    "number": mark("Numbers"),
    "choice": mark("Choices"),
    "date": mark("Dates"),
    "people": mark("People"),
    "link": mark("Relations"),
    "computed": mark("Computed"),
}

# Titles of options in the schemas of types.
OPTIONS: dict[str, str] = {
    "Longest text": mark("Longest text"),
    "Country of numbers without a prefix": mark("Country of numbers without a prefix"),
    "Decimals": mark("Decimals"),
    "Smallest": mark("Smallest"),
    "Largest": mark("Largest"),
    "Unit": mark("Unit"),
    "Currency": mark("Currency"),
    "Choices": mark("Choices"),
    "Words for yes and no": mark("Words for yes and no"),
    "true": mark("Word for yes"),
    "false": mark("Word for no"),
    "Entity": mark("Leads to"),
    "Kind": mark("How many"),
    "Field over there": mark("Field over there"),
    "When the other record is deleted": mark("When the other record is deleted"),
    "Pattern": mark("Pattern"),
    "Formula": mark("Formula"),
    "Result": mark("Result"),
    "Group by": mark("Group by"),
    "Period": mark("Period"),
    "Colour by": mark("Colour by"),
    "Columns are the choices of": mark("Columns are the choices of"),
    "Fields on the card": mark("Fields on the card"),
    "Title of the card": mark("Title of the card"),
    "Columns that are not shown": mark("Columns that are not shown"),
    "Groups are folded at first": mark("Groups are folded at first"),
    "Sum shown above each column": mark("Sum shown above each column"),
    "Order": mark("Order"),
    "Lying bars": mark("Lying bars"),
    "Several series": mark("Several series"),
    "Shape": mark("Shape"),
    "Date": mark("Date"),
    "Steps in days": mark("Steps in days"),
    "Due on": mark("Due on"),
    "Person": mark("Person"),
    "Days ahead": mark("Days ahead"),
    "Text": mark("Text"),
}

# What is said below an option whose title does not say enough.
OPTION_HELP: dict[str, str] = {
    "Country of numbers without a prefix": mark("Two letters, such as CN. Empty: the country of the workspace."),
    "Pattern": mark("{0000} counts: 0001, 0002 … {YYYY}, {MM} and {DD} are the day, and begin the count anew: EQ-{YYYY}-{0000}"),
}

VALUES: dict[str, str] = {
    "many_to_one": mark("One record"),
    "one_to_many": mark("The records that point here"),
    "many_to_many": mark("Several records"),
    "refuse": mark("Refuse, while records point to it"),
    "clear": mark("Empty the field"),
    "delete": mark("Delete these records too"),
    "natural": mark("As it comes"),
    "biggest": mark("Biggest first"),
    "smallest": mark("Smallest first"),
    "name": mark("By name"),
    "stacked": mark("Stacked"),
    "beside": mark("Side by side"),
    "ring": mark("Ring"),
    "pie": mark("Full circle"),
    "day": mark("Day"),
    "week": mark("Week"),
    "month": mark("Month"),
    "quarter": mark("Quarter"),
    "year": mark("Year"),
    "blue": mark("Blue"),
    "azure": mark("Azure"),
    "indigo": mark("Indigo"),
    "purple": mark("Purple"),
    "pink": mark("Pink"),
    "red": mark("Red"),
    "orange": mark("Orange"),
    "yellow": mark("Yellow"),
    "lime": mark("Lime"),
    "green": mark("Green"),
    "teal": mark("Teal"),
    "cyan": mark("Cyan"),
    "gray": mark("Grey"),
}


def type_name(name: str) -> str:
    """A field type in the reader's language; its own word when there is no name for it."""
    return gettext(TYPES[name][0]) if name in TYPES else name


def option_title(title: str) -> str:
    """The title of an option in the reader's language."""
    return gettext(OPTIONS.get(title, title))


def option_help(title: str) -> str:
    """What is said below an option in the reader's language; mostly nothing."""
    return gettext(OPTION_HELP[title]) if title in OPTION_HELP else ""


def value_name(value: object) -> str:
    """A value of an enum in the reader's language."""
    text = str(value)
    return gettext(VALUES[text]) if text in VALUES else type_name(text)
