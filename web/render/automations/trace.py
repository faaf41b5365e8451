"""A run drawn on its automation: the same cards, green, grey with why, red or amber, each with the values that it met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from web.i18n import gettext as _
from web.i18n import ngettext
from web.render.automations.causes import waiting_text
from web.render.automations.facts import FactTeller, LeafLine, Letter, TraceLink, letters_by_step, moment_text
from web.render.automations.flow import Card, FlowView, Lane, icon_of
from web.render.automations.reasons import reason_text
from web.render.automations.words import Speaker

UNFINISHED = ("pending", "waiting", "held")
DONE, FAILED, WAITING, SKIPPED, LATER = "done", "failed", "waiting", "skipped", "later"
_BAD = ("failed", "match_error")


@dataclass(frozen=True)
class TraceItem:
    """What happened at one item of a repetition, beside what the card tells of the first."""

    name: str
    state: str
    note: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TraceCard:
    """One card. `state`: done, failed, waiting, skipped (not reached, or a way not taken) or later (still to come).

    `key` names it on the page. `note`: why, until when, what is wrong. `times`: how often, for a repetition.
    """

    key: str
    kind: str
    icon: str
    title: str
    state: str
    at: datetime | None = None
    note: str = ""
    times: str = ""
    details: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    leaves: tuple[LeafLine, ...] = ()
    links: tuple[TraceLink, ...] = ()
    letters: tuple[Letter, ...] = ()
    items: tuple[TraceItem, ...] = ()
    lanes: tuple[TraceLane, ...] = ()


@dataclass(frozen=True)
class TraceLane:
    """Cards under a heading. `state` is that of a card; a lane that was left out has no cards to look at."""

    key: str
    title: str
    note: str
    state: str
    cards: tuple[TraceCard, ...]
    leaves: tuple[LeafLine, ...] = ()


@dataclass(frozen=True)
class TraceFlow:
    """The whole drawing. `lanes`: the steps of a ladder; `strange`: steps that this version does not have."""

    trigger: TraceCard
    condition: TraceCard | None
    lanes: tuple[TraceLane, ...]
    cards: tuple[TraceCard, ...]
    strange: tuple[TraceCard, ...] = ()

    def all_cards(self) -> Iterator[TraceCard]:
        """Every card, in reading order."""
        yield self.trigger
        if self.condition is not None:
            yield self.condition
        yield from _flat(self.cards)
        for lane in self.lanes:
            yield from _flat(lane.cards)
        yield from self.strange

    @property
    def first(self) -> str:
        """The key of the card that matters most: what failed, what waits, what was in the way, else the first step done."""
        cards = list(self.all_cards())
        wrong = [card for state in (FAILED, WAITING) for card in cards if card.state == state]
        way = [card for card in (self.condition, self.trigger) if card is not None and card.state == SKIPPED]
        done = [card for card in cards[1:] if card.state == DONE and card is not self.condition]
        return (wrong + way + done + cards)[0].key


@dataclass(frozen=True)
class Told:
    """What the trigger's card tells: the state, a sentence, facts."""

    state: str = DONE
    note: str = ""
    facts: tuple[tuple[str, str], ...] = field(default=())
    links: tuple[TraceLink, ...] = ()


class TraceView:
    """Draws one run (or trial, or explanation): its `state`, `cause` and `steps`. people: names by id, for messages.

    unreached: the note of steps that the run never came to, when it is no real run. is_trial: nothing of it was kept.
    """

    def __init__(
        self,
        speaker: Speaker,
        flow: FlowView,
        run: Mapping[str, Any],
        people: Mapping[int, str] | None = None,
        *,
        unreached: str = "",
        is_trial: bool = False,
    ) -> None:
        self._speaker = speaker
        self._flow = flow
        self._run = run
        self._unreached = unreached
        self._is_trial = is_trial
        self._teller = FactTeller(speaker, run.get("record_id"), is_trial=is_trial)
        self._letters = letters_by_step(run, people or {})
        self._rows: dict[str, list[Mapping[str, Any]]] = {}
        self.names = speaker.names() | {card.key: f"“{card.title}”" for card in flow.all_cards()}
        for row in run["steps"]:
            self._rows.setdefault(row["step"], []).append(row)

    def flow(self, told: Told, lane_notes: Mapping[str, tuple[str, str]] | None = None) -> TraceFlow:
        """The drawing. lane_notes: state and note of steps of a ladder that this run is not about."""
        card = self._flow.trigger
        trigger = TraceCard(
            "trigger", card.kind, card.icon, card.title, told.state, note=told.note, facts=told.facts, links=told.links,
            details=card.details,
        )  # fmt: skip
        condition = self._condition(self._rows.pop("condition", []))
        rung = str(self._run.get("cause", {}).get("rung") or "")
        lanes = tuple(self._rung(each, each.key == rung, (lane_notes or {}).get(each.key)) for each in self._flow.lanes)
        cards = tuple(self._walk(self._flow.cards))
        strange = tuple(self._unknown(row) for rows in self._rows.values() for row in rows)
        return TraceFlow(trigger, condition, lanes, cards, strange)

    def _condition(self, rows: list[Mapping[str, Any]]) -> TraceCard | None:
        tree = self._speaker.plan.automation.condition
        if not tree and not rows:
            return None
        title = _("Only if all of these are so") if not self._flow.is_any else _("Only if one of these is so")
        sentences = tuple(("", each) for each in self._flow.leaves or (self._flow.condition,) if each)
        if not rows:
            note = _("Looked at before the run began.") if self._run["state"] != "none" else ""
            return TraceCard("condition", "condition", "filter", title, DONE, note=note, details=sentences)
        row = rows[-1]
        leaves = self._teller.leaf_lines((row["detail"] or {}).get("leaves") or (), self._speaker.leaves(tree))
        state = FAILED if row["state"] == "failed" else DONE if row["state"] == "done" else SKIPPED
        note = {DONE: _("It holds."), SKIPPED: _("It does not hold."), FAILED: _("It cannot be computed.")}[state]
        return TraceCard(
            "condition", "condition", "filter", title, state, row.get("at"), note, leaves=leaves,
            details=() if leaves else sentences,
        )  # fmt: skip

    def _rung(self, lane: Lane, taken: bool, told: tuple[str, str] | None) -> TraceLane:
        if taken:
            return TraceLane(lane.key, lane.title, lane.note, DONE, tuple(self._walk(lane.cards)))
        state, note = told or (SKIPPED, _("Not part of this run."))
        cards = () if told is None else tuple(self._left_out(lane.cards, state, of=f"{lane.key}."))
        return TraceLane(lane.key, lane.title, f"{lane.note} · {note}" if note else lane.note, state, cards)

    def _walk(self, cards: Iterable[Card], *, reached: bool = True) -> Iterator[TraceCard]:
        for card in cards:
            rows = self._rows.pop(card.key, [])
            was_done = any(row["state"] != SKIPPED for row in rows)
            yield self._done(card, rows) if was_done else self._absent(card, reached)

    def _left_out(self, cards: Iterable[Card], state: str, note: str = "", of: str = "") -> Iterator[TraceCard]:
        """Cards that this run did not come to. of: before their keys, which are free in each rung only."""
        for card in cards:
            lanes = tuple(
                TraceLane(lane.key, lane.title, "", state, tuple(self._left_out(lane.cards, state, of=of))) for lane in card.lanes
            )
            yield TraceCard(
                f"{of}{card.key}", card.kind, card.icon, card.title, state, note=note, details=card.details, lanes=lanes
            )

    def _absent(self, card: Card, reached: bool) -> TraceCard:
        state, note = (SKIPPED, _("This step is switched off.")) if card.is_off else self._why_absent(reached)
        return next(self._left_out((card,), state, note))

    def _why_absent(self, reached: bool) -> tuple[str, str]:
        state = str(self._run["state"])
        if self._unreached:
            return (LATER if state == "would" else SKIPPED), self._unreached
        if not reached:
            return SKIPPED, _("Not on the way that was taken.")
        if state in UNFINISHED:
            return LATER, _("Still to come.")
        if state in _BAD:
            return SKIPPED, _("Not reached: an earlier step failed.")
        if state in ("stopped", "skipped", "cancelled"):
            return SKIPPED, _("Not reached: the run ended before.")
        return SKIPPED, _("There was nothing to do here.")

    def _done(self, card: Card, rows: list[Mapping[str, Any]]) -> TraceCard:
        plain = [row for row in rows if "item" not in (row["detail"] or {})] or rows[:1]
        main = plain[-1]
        detail = {**(rows[0]["detail"] or {}), **(main["detail"] or {})} if card.kind == "each" else main["detail"] or {}
        facts, links = self._teller.of(card.kind, detail)
        lanes = self._lanes(card, detail)
        state, note = self._state(main)
        if card.kind == "each" and state == DONE and any(each.state == FAILED for lane in lanes for each in _flat(lane.cards)):
            state = FAILED if str(self._run["state"]) in _BAD else state
        return TraceCard(
            card.key, card.kind, card.icon, card.title, state, rows[0].get("at"), note, times=_times(card.kind, detail),
            facts=tuple(facts), details=card.details, links=tuple(links), letters=tuple(self._letters.get(card.key, ())),
            items=self._items(card, [row for row in rows if row is not main]), lanes=lanes,
        )  # fmt: skip

    def _state(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """The state and note of a step; one that waited is done as soon as something followed."""
        detail = row["detail"] or {}
        state = str(row["state"])
        if state != WAITING:
            return state, reason_text(detail.get("error"), self.names)
        if self._run["state"] in UNFINISHED and self._run["steps"][-1] is row:
            return WAITING, waiting_text(self._run)
        until = moment_text(detail["until"]) if detail.get("until") else ""
        if self._is_trial:
            return DONE, _("Passed over here; for real it would wait until %(moment)s.", moment=until)
        return DONE, _("It waited until %(moment)s.", moment=until) if until else ""

    def _items(self, card: Card, rows: list[Mapping[str, Any]]) -> tuple[TraceItem, ...]:
        """Items of a repetition beside the first; and earlier attempts."""
        if card.kind == "each":
            return ()
        found = []
        for row in rows:
            detail = row["detail"] or {}
            name = _("Item %(name)s", name=detail["item"]) if "item" in detail else _("Earlier attempt")
            facts = tuple(self._teller.of(card.kind, detail)[0])
            found.append(TraceItem(name, str(row["state"]), reason_text(detail.get("error"), self.names), facts))
        return tuple(found)

    def _lanes(self, card: Card, detail: Mapping[str, Any]) -> tuple[TraceLane, ...]:
        if card.kind != "branch":
            return tuple(TraceLane(each.key, each.title, "", DONE, tuple(self._walk(each.cards))) for each in card.lanes)
        looked = {each["arm"]: each for each in detail.get("arms") or ()}
        chosen = detail.get("arm")
        return tuple(self._way(lane, looked.get(lane.key), lane.key == chosen) for lane in card.lanes)

    def _way(self, lane: Lane, looked: Mapping[str, Any] | None, taken: bool) -> TraceLane:
        leaves = self._teller.leaf_lines(looked.get("leaves") or (), lane.leaves) if looked else ()
        if taken:
            return TraceLane(lane.key, lane.title, _("Taken"), DONE, tuple(self._walk(lane.cards)), leaves)
        note = _("Its condition does not hold.") if looked else _("Not looked at: another way was taken.")
        return TraceLane(lane.key, lane.title, note, SKIPPED, tuple(self._left_out(lane.cards, SKIPPED)), leaves)

    def _unknown(self, row: Mapping[str, Any]) -> TraceCard:
        detail = row["detail"] or {}
        facts, links = self._teller.of(str(row["type"]), detail)
        note = reason_text(detail.get("error"), self.names) or _("This step is not in the automation any more.")
        kind, step = str(row["type"]), str(row["step"])
        return TraceCard(
            f"{step}-{row.get('number', 0)}", kind, icon_of(kind), step, str(row["state"]), row["at"], note,
            facts=tuple(facts), links=tuple(links),
        )  # fmt: skip


def _times(kind: str, detail: Mapping[str, Any]) -> str:
    if kind == "each" and "count" in detail:
        count = int(detail["count"]) + int(detail.get("failed") or 0)
        return ngettext("%(num)d time", "%(num)d times", count)
    if kind in ("find", "update") and "count" in detail:
        return ngettext("%(num)d record", "%(num)d records", int(detail["count"]))
    return ""


def _flat(cards: Iterable[TraceCard]) -> Iterator[TraceCard]:
    for card in cards:
        yield card
        for lane in card.lanes:
            yield from _flat(lane.cards)
