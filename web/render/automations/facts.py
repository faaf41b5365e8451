"""What a step met and did, in words: values, parts of a condition, links, what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime.records.history import Words as FieldWords
from runtime.tables import EntityDef
from web import links
from web.i18n import gettext as _
from web.render.automations.flow import CHANNELS
from web.render.automations.words import Speaker, entity_word, listed
from web.render.formats import exact_time
from web.render.values import path_end

Facts = list[tuple[str, str]]
_MOST_LINKS = 5


@dataclass(frozen=True)
class LeafLine:
    """One part of a condition: whether it held (None: it could not be computed), and the values in it."""

    text: str
    holds: bool | None
    values: tuple[tuple[str, str], ...]
    error: str = ""


@dataclass(frozen=True)
class TraceLink:
    """Where something that a step touched is."""

    text: str
    url: str


@dataclass(frozen=True)
class Letter:
    """A message of a step. `how`: CHANNELS; `to`: a name or an address."""

    how: str
    to: str
    title: str
    text: str
    state: str = ""


class FactTeller:
    """Words for the details in the trace of one automation. record: id of the run's record. is_trial: nothing was kept."""

    def __init__(self, speaker: Speaker, record: int | None = None, *, is_trial: bool = False) -> None:
        self._speaker = speaker
        self._record = record
        self._is_trial = is_trial

    def of(self, kind: str, detail: Mapping[str, Any]) -> tuple[Facts, list[TraceLink]]:
        """What a step of this kind did, and what it touched."""
        if kind == "notify":
            told = listed(str(each["name"]) for each in detail.get("to") or () if isinstance(each, Mapping))
            how = listed(_(CHANNELS.get(str(each), str(each))) for each in detail.get("channels") or ())
            facts = [(_("Told"), told or _("nobody")), (_("How"), how)]
            return facts + ([(_("Title"), str(detail["title"]))] if detail.get("title") else []), []
        if kind in ("set", "create", "update", "find"):
            return self._of_records(kind, detail)
        if kind == "wait" and detail.get("until"):
            return [(_("Until"), moment_text(detail["until"]))], []
        if kind == "each" and "count" in detail:
            failed = int(detail.get("failed") or 0)
            facts = [(_("Done"), str(detail["count"]))]
            return facts + ([(_("Failed"), str(failed))] if failed else []), []
        return ([(_("Reason"), str(detail["reason"]))] if detail.get("reason") else []), []

    def _of_records(self, kind: str, detail: Mapping[str, Any]) -> tuple[Facts, list[TraceLink]]:
        speaker = self._speaker
        entity = speaker.entity if kind == "set" else speaker.ctx.catalog.find(str(detail.get("entity", "")))
        facts = field_texts(speaker, entity, detail.get("values") or {})
        if "count" in detail:
            facts.insert(0, (_("Records"), str(detail["count"])))
        ids = [detail["id"]] if detail.get("id") else [each for each in detail.get("ids") or () if isinstance(each, int)]
        if kind == "set":
            ids = [self._record] if self._record else []
        if entity is None or (kind == "create" and self._is_trial):
            return facts, []
        return facts, [
            TraceLink(f"{entity_word(entity)} #{each}", links.record_url(entity.name, each)) for each in ids[:_MOST_LINKS]
        ]

    def leaf_lines(self, leaves: Sequence[Mapping[str, Any]], sentences: Sequence[str]) -> tuple[LeafLine, ...]:
        """The parts of a condition; their sentences when they are those of the document."""
        fits = len(sentences) == len(leaves)
        known = list(sentences) if fits else [self._speaker.expression(str(each["text"])) for each in leaves]
        return tuple(self._leaf(each, text) for each, text in zip(leaves, known, strict=True))

    def _leaf(self, leaf: Mapping[str, Any], text: str) -> LeafLine:
        values = tuple((self._speaker.path(path), self._value(path, value)) for path, value in (leaf.get("values") or {}).items())
        return LeafLine(text, leaf.get("holds"), values, str(leaf.get("error") or ""))

    def _value(self, path: str, value: Any) -> str:
        end = path_end(self._speaker.ctx, self._speaker.entity, path) if self._speaker.entity else None
        return value_text(self._speaker, end.entity if end else None, end.field.key if end else path, value)


def letters_by_step(run: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, list[Letter]]:
    """Step -> what it sent, by the keys of messages `run:<run>:<step>[:<item>…]:<person>`. names: of people."""
    found: dict[str, list[Letter]] = {}
    for each in run.get("effects") or ():
        payload = each["payload"]
        letter = Letter(
            "email", str(payload.get("to")), str(payload.get("subject")), str(payload.get("text")), str(each["state"])
        )
        found.setdefault(_step_of(each["key"]), []).append(letter)
    for each in run.get("notifications") or ():
        letter = Letter("in_app", names.get(each["user_id"], ""), str(each["title"]), str(each["body"]))
        found.setdefault(_step_of(each["key"]), []).append(letter)
    return found


def _step_of(key: str) -> str:
    parts = str(key).split(":")
    return parts[2] if len(parts) > 2 else ""


def field_texts(speaker: Speaker, entity: EntityDef | None, values: Mapping[str, Any]) -> Facts:
    """(label, text) of each field of a record's values."""
    return [(speaker.path(key, entity), value_text(speaker, entity, key, value)) for key, value in values.items()]


def value_text(speaker: Speaker, entity: EntityDef | None, key: str, value: Any) -> str:
    """A JSON value of a field in words."""
    if value is None or value in ("", []):
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if entity is None or key not in entity.fields:
        return listed(map(str, value)) if isinstance(value, list) else str(value)
    if entity.fields[key].field.type == "datetime" or key.endswith("_at"):
        return moment_text(value)
    return FieldWords(speaker.ctx, entity, [{key: value}]).text(key, value) or str(value)


def moment_text(value: Any) -> str:
    """A moment as it is kept in a trace."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return str(exact_time(moment)) if isinstance(moment, datetime) else str(value)
