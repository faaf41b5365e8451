"""A run as the same cards as its automation: green, grey with why, red, with the values that it met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime.records.history import Words as FieldWords
from runtime.tables import EntityDef
from web import links
from web.i18n import gettext as _
from web.i18n import ngettext
from web.render.automations.flow import CHANNELS, Card, FlowView, Lane, icon_of
from web.render.automations.reasons import reason_text
from web.render.automations.words import Speaker, entity_word, label_text
from web.render.formats import exact_time, relative
from web.render.values import path_end

UNFINISHED = ("pending", "waiting", "held")
_BAD = ("failed", "match_error")


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
class TraceCard:
    """One card. `state`: done, failed, waiting, skipped (not reached, or a way not taken) or later (still to come)."""

    key: str
    icon: str
    title: str
    state: str
    depth: int = 0
    at: datetime | None = None
    note: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    leaves: tuple[LeafLine, ...] = ()
    links: tuple[TraceLink, ...] = ()
    ways: tuple[tuple[str, bool, tuple[LeafLine, ...]], ...] = field(default=())


class TraceView:
    """Makes the cards of one run (or trial): its `state`, `cause` and `steps`."""

    def __init__(self, speaker: Speaker, flow: FlowView, run: Mapping[str, Any]) -> None:
        self._speaker = speaker
        self._flow = flow
        self._run = run
        self._rows: dict[str, list[Mapping[str, Any]]] = {}
        self.names = speaker.names() | {card.key: f"“{card.title}”" for card in flow.all_cards()}
        for row in run["steps"]:
            self._rows.setdefault(row["step"], []).append(row)

    def cards(self) -> list[TraceCard]:
        """The condition, the steps in the order of the document, and steps that the document no longer has."""
        found = [self._condition(row) for row in self._rows.pop("condition", [])]
        rung = str(self._run.get("cause", {}).get("rung") or "")
        lane = next((each for each in self._flow.lanes if each.key == rung), None)
        found += self._walk(lane.cards if lane is not None else self._flow.cards, 0, taken=True)
        for rows in self._rows.values():
            found += [self._unknown(row) for row in rows]
        return found

    def _condition(self, row: Mapping[str, Any]) -> TraceCard:
        tree = self._speaker.plan.automation.condition
        leaves = self.leaf_lines((row["detail"] or {}).get("leaves") or (), self._speaker.leaves(tree))
        return TraceCard("condition", "filter", _("The condition"), str(row["state"]), at=row["at"], leaves=leaves)

    def _walk(self, cards: Iterable[Card], depth: int, *, taken: bool) -> list[TraceCard]:
        found: list[TraceCard] = []
        for card in cards:
            rows = self._rows.pop(card.key, [])
            if not rows:
                found.append(self._absent(card, depth, taken))
                found += self._inner(card, depth, None, taken=False)
                continue
            # A repetition leaves a second row with its sum; the first one shows what it went through.
            found += [self._done(card, row, depth) for row in rows if row is not rows[0] or len(rows) == 1]
            chosen = (rows[0]["detail"] or {}).get("arm")
            found += self._inner(card, depth, chosen, taken=True)
        return found

    def _inner(self, card: Card, depth: int, chosen: str | None, *, taken: bool) -> list[TraceCard]:
        found: list[TraceCard] = []
        for lane in card.lanes:
            is_way = card.kind == "branch"
            if is_way and taken and lane.key != chosen:
                continue
            found += self._walk(lane.cards, min(depth + 1, 4), taken=taken)
        return found

    def _absent(self, card: Card, depth: int, taken: bool) -> TraceCard:
        state = str(self._run["state"])
        if state in UNFINISHED:
            return TraceCard(card.key, card.icon, card.title, "later", depth, note=_("Still to come."))
        if not taken:
            return TraceCard(card.key, card.icon, card.title, "skipped", depth, note=_("Not on the way that was taken."))
        if state in _BAD:
            note = _("Not reached: an earlier step failed.")
        elif state in ("stopped", "skipped", "cancelled"):
            note = _("Not reached: the run ended before.")
        else:
            note = _("There was nothing to do here.")
        return TraceCard(card.key, card.icon, card.title, "skipped", depth, note=note)

    def _done(self, card: Card, row: Mapping[str, Any], depth: int) -> TraceCard:
        detail = row["detail"] or {}
        facts, found_links = self._facts(card.kind, detail)
        error = reason_text(detail.get("error"), self.names)
        if "item" in detail:
            facts = [(_("Item"), str(detail["item"])), *facts]
        return TraceCard(
            card.key, card.icon, card.title, str(row["state"]), depth, row["at"], error, tuple(facts), (),
            tuple(found_links), self._ways(card, detail),
        )  # fmt: skip

    def _unknown(self, row: Mapping[str, Any]) -> TraceCard:
        detail = row["detail"] or {}
        facts, found_links = self._facts(str(row["type"]), detail)
        note = reason_text(detail.get("error"), self.names) or _("This step is not in the automation any more.")
        return TraceCard(
            row["step"],
            icon_of(row["type"]),
            row["step"],
            row["state"],
            0,
            row["at"],
            note,
            tuple(facts),
            (),
            tuple(found_links),
        )

    def _ways(self, card: Card, detail: Mapping[str, Any]) -> tuple[tuple[str, bool, tuple[LeafLine, ...]], ...]:
        names: dict[str, Lane] = {lane.key: lane for lane in card.lanes}
        found = []
        for arm in detail.get("arms") or ():
            lane = names.get(arm["arm"])
            leaves = self.leaf_lines(arm.get("leaves") or (), lane.leaves if lane else ())
            found.append((lane.title if lane else arm["arm"], bool(arm["holds"]), leaves))
        if detail.get("arm") == "else":
            found.append((_("Otherwise"), True, ()))
        return tuple(found)

    def _facts(self, kind: str, detail: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[TraceLink]]:
        if kind == "notify":
            told = ", ".join(str(each["name"]) for each in detail.get("to") or () if isinstance(each, Mapping))
            how = ", ".join(_(CHANNELS.get(str(each), str(each))) for each in detail.get("channels") or ())
            facts = [(_("Told"), told or _("nobody")), (_("How"), how)]
            return facts + ([(_("Title"), str(detail["title"]))] if detail.get("title") else []), []
        if kind in ("set", "create", "update", "find"):
            return self._record_facts(kind, detail)
        if kind == "wait" and detail.get("until"):
            return [(_("Until"), _moment(detail["until"]))], []
        if kind == "each" and "count" in detail:
            failed = int(detail.get("failed") or 0)
            facts = [(_("Done"), str(detail["count"]))]
            return facts + ([(_("Failed"), str(failed))] if failed else []), []
        return ([(_("Reason"), str(detail["reason"]))] if detail.get("reason") else []), []

    def _record_facts(self, kind: str, detail: Mapping[str, Any]) -> tuple[list[tuple[str, str]], list[TraceLink]]:
        catalog = self._speaker.ctx.catalog
        entity = self._speaker.entity if kind == "set" else catalog.find(str(detail.get("entity", "")))
        facts = field_texts(self._speaker, entity, detail.get("values") or {})
        if "count" in detail:
            facts.insert(0, (_("Records"), str(detail["count"])))
        ids = [detail["id"]] if detail.get("id") else [each for each in detail.get("ids") or () if isinstance(each, int)][:5]
        if entity is None or kind == "set":
            return facts, []
        return facts, [TraceLink(f"{entity_word(entity)} #{each}", links.record_url(entity.name, each)) for each in ids]

    def leaf_lines(self, leaves: Sequence[Mapping[str, Any]], sentences: Sequence[str]) -> tuple[LeafLine, ...]:
        """The parts of a condition; their sentences when they are those of the document."""
        known = list(sentences) if len(sentences) == len(leaves) else [self._printed(str(each["text"])) for each in leaves]
        return tuple(self._leaf(each, text) for each, text in zip(leaves, known, strict=True))

    def _leaf(self, leaf: Mapping[str, Any], text: str) -> LeafLine:
        values = tuple(
            (self._speaker.path(path), self._value_text(path, value)) for path, value in (leaf.get("values") or {}).items()
        )
        return LeafLine(text, leaf.get("holds"), values, str(leaf.get("error") or ""))

    def _printed(self, text: str) -> str:
        return self._speaker.expression(text)

    def _value_text(self, path: str, value: Any) -> str:
        end = path_end(self._speaker.ctx, self._speaker.entity, path) if self._speaker.entity else None
        return value_text(self._speaker, end.entity if end else None, end.field.key if end else path, value)


def field_texts(speaker: Speaker, entity: EntityDef | None, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, text) of each field of a record's values."""
    return [(speaker.path(key, entity), value_text(speaker, entity, key, value)) for key, value in values.items()]


def value_text(speaker: Speaker, entity: EntityDef | None, key: str, value: Any) -> str:
    """A JSON value of a field in words."""
    if value is None or value in ("", []):
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if entity is None or key not in entity.fields:
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if entity.fields[key].field.type == "datetime" or key.endswith("_at"):
        return _moment(value)
    return FieldWords(speaker.ctx, entity, [{key: value}]).text(key, value) or str(value)


def _moment(value: Any) -> str:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return str(exact_time(moment)) if isinstance(moment, datetime) else str(value)


def cause_sentence(speaker: Speaker, run: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Why the run began."""
    cause: Mapping[str, Any] = run["cause"]
    kind = cause.get("kind")
    who = names.get(cause.get("actor") or 0, "")
    if kind == "date":
        rung = next((each for each in speaker.plan.automation.ladder if each.key == cause.get("rung")), None)
        title = (label_text(rung.label) if rung else "") or str(cause.get("rung"))
        return _("“%(step)s” was due at %(moment)s", step=title, moment=_moment(cause.get("due")))
    if kind == "schedule":
        return _("It was time: %(moment)s", moment=_moment(cause.get("nominal")))
    if kind == "button":
        return _("%(person)s pressed the button", person=who or _("Somebody"))
    if kind == "test":
        return _("Tried out")
    return _change_sentence(str(cause.get("op")), who)


def _change_sentence(operation: str, who: str) -> str:
    name = who or _("The system")
    if operation == "create":
        return _("%(person)s created the record", person=name)
    if operation == "delete":
        return _("%(person)s deleted the record", person=name)
    if operation == "restore":
        return _("%(person)s restored the record", person=name)
    return _("%(person)s changed the record", person=name)


def waiting_text(run: Mapping[str, Any]) -> str:
    """When a run that waits goes on."""
    if run["state"] == "waiting" and run.get("due_at"):
        return _("Goes on %(when)s: %(moment)s", when=relative(run["due_at"]), moment=str(exact_time(run["due_at"])))
    if run["state"] == "held":
        return _("Held until the automation is switched on or goes on.")
    return ""


def records_text(count: int) -> str:
    """A number of records."""
    return ngettext("%(num)d record", "%(num)d records", count)
