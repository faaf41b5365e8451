"""The engine's sentences in the reader's language: it keeps them in English, some with a value at the end."""

from __future__ import annotations

import re
from collections.abc import Mapping

from web.i18n import gettext as _
from web.i18n import mark

# Named here to be translated; the engine keeps its own sentences and those of fields.
_SENTENCES = frozenset(
    {
        mark("The record was deleted."),
        mark("The date was changed meanwhile."),
        mark("The condition no longer holds."),
        mark("The condition does not hold."),
        mark("The condition held before already."),
        mark("The condition cannot be computed."),
        mark("It does not listen to this kind of change."),
        mark("None of the fields that it listens to was changed."),
        mark("The record is gone."),
        mark("The change was made by this automation itself, or by a chain that began with it."),
        mark("The change has not been looked at yet."),
        mark("It ran for this record already in the same chain of automations."),
        mark("The chain of automations that set each other off is too long."),
        mark("An earlier run for this record was not finished."),
        mark("A newer run for this record took its place."),
        mark("Another run for this record is not finished."),
        mark("It is switched off."),
        mark("The record is in the recycle bin."),
        mark("The record has not changed since changes are kept."),
        mark("Its last change fired it."),
        mark("Nothing stands in its way."),
        mark("The date is empty."),
        mark("It is due and will fire with the next look."),
        mark("All its steps have been through for this date."),
        mark("It is never due for this date."),
        mark("The record or entity is not there."),
        mark("no mail server set"),
        mark("marked as done"),
    }
)
_PATTERNS = (
    (re.compile(r"It is paused: (?P<reason>.*)", re.S), mark("It is paused: %(reason)s")),
    (re.compile(r"It is broken: (?P<reason>.*)", re.S), mark("It is broken: %(reason)s")),
    (re.compile(r"The condition cannot be computed: (?P<reason>.*)", re.S), mark("The condition cannot be computed: %(reason)s")),
    (re.compile(r"The database refused it: (?P<reason>.*)", re.S), mark("The database refused it: %(reason)s")),
    (re.compile(r"Internal error: (?P<reason>.*)", re.S), mark("Internal error: %(reason)s")),
    (re.compile(r"Cancelled by (?P<reason>.*)\.", re.S), mark("Cancelled by %(reason)s.")),
    (re.compile(r"It failed (?P<reason>\d+) times in a row\."), mark("It failed %(reason)s times in a row.")),
    (re.compile(r"There is no field (?P<reason>.*)\."), mark("There is no field %(reason)s.")),
    (
        re.compile(r"It ran more than 5 times within a minute for record (?P<reason>\d+); this looks like a loop\."),
        mark("It ran more than five times within a minute for record %(reason)s; this looks like a loop."),
    ),
)


_PREFIX = re.compile(r"(?P<key>[a-z]\w*): (?P<rest>.+)", re.S)


def reason_text(sentence: str | None, names: Mapping[str, str] | None = None) -> str:
    """A sentence of the engine; what is not known here, such as an author's own reason, stays as it is.

    `names`: what steps and fields are called, for keys that stand before the sentence: `make: title: Please fill this in.`
    """
    if not sentence:
        return ""
    if sentence in _SENTENCES:
        return _(sentence)
    for pattern, text in _PATTERNS:
        found = pattern.fullmatch(sentence)
        if found:
            return _(text, reason=reason_text(found["reason"], names))
    found = _PREFIX.fullmatch(sentence)
    if found and names and found["key"] in names:
        parts = [reason_text(each, names) for each in found["rest"].split("; ")]
        return f"{names[found['key']]}: {'; '.join(parts)}"
    return _(sentence)
