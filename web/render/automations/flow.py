"""An automation as cards that read as sentences: what sets it off, the condition, each step, lanes side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.automations import STEP_TYPES, TRIGGER_TYPES, is_on
from builder.keys import qualified
from runtime.tables import EntityDef
from web.i18n import gettext as _
from web.i18n import mark
from web.render.automations.words import Speaker, distance, entity_word, label_text, length, listed, one_of, resolved

CHANNELS = {"in_app": mark("in the bell"), "email": mark("by e-mail")}
_LATE = {
    "latest": mark("After an outage only the newest step that is due is done."),
    "all": mark("After an outage every step that is due is done."),
    "skip": mark("What was due more than an hour ago is not done any more."),
}


@dataclass(frozen=True)
class Lane:
    """Cards under a heading: a step of a ladder, a way of a branch, the body of a repetition."""

    key: str
    title: str
    note: str
    cards: tuple[Card, ...]
    leaves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """One card. `details` are (name, value) lines. `is_off`: it is skipped, with what is in it."""

    key: str
    kind: str
    icon: str
    title: str
    details: tuple[tuple[str, str], ...] = ()
    lanes: tuple[Lane, ...] = ()
    is_off: bool = False


@dataclass(frozen=True)
class FlowView:
    """The whole automation. With a ladder there are lanes and no cards."""

    trigger: Card
    condition: str
    leaves: tuple[str, ...]
    is_any: bool
    lanes: tuple[Lane, ...]
    cards: tuple[Card, ...]

    def all_cards(self) -> Iterator[Card]:
        """Every step's card, in reading order."""
        yield from _flat(self.cards)
        for lane in self.lanes:
            yield from _flat(lane.cards)


def flow_view(speaker: Speaker) -> FlowView:
    """The cards of an automation."""
    automation = speaker.plan.automation
    tree = resolved(speaker.plan, automation.condition)
    leaves = tuple(speaker.leaves(tree)) if is_flat(tree) else ()
    lanes = tuple(_rung(speaker, rung) for rung in automation.ladder)
    is_any = isinstance(tree, Mapping) and "any" in tree
    return FlowView(_trigger(speaker), speaker.condition(tree), leaves, is_any, lanes, cards_of(speaker, automation.steps))


def cards_of(speaker: Speaker, steps: Iterable[Any]) -> tuple[Card, ...]:
    """The cards of a list of steps."""
    return tuple(_card(speaker, step) for step in steps)


def icon_of(kind: str) -> str:
    """The icon of a step's type."""
    found = STEP_TYPES.find(kind)
    return found.icon if found is not None else "square"


def trigger_icon(kind: str) -> str:
    """The icon of a trigger's type."""
    found = TRIGGER_TYPES.find(kind)
    return found.icon if found is not None else "bolt"


def is_flat(tree: Any) -> bool:
    """Whether the parts of a condition simply stand side by side."""
    return isinstance(tree, Mapping) and "not" not in tree and not any("any" in each or "all" in each for each in _branches(tree))


def _branches(tree: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return tree.get("all") or tree.get("any") or []


def _flat(cards: Iterable[Card]) -> Iterator[Card]:
    for card in cards:
        yield card
        for lane in card.lanes:
            yield from _flat(lane.cards)


def _rung(speaker: Speaker, rung: Any) -> Lane:
    when = distance(after_of(speaker, rung.after))
    return Lane(rung.key, label_text(rung.label) or rung.key, when, cards_of(speaker, rung.steps))


def after_of(speaker: Speaker, after: Any) -> Any:
    """The length of time of a rung as it counts: only working days when the trigger says so."""
    found = resolved(speaker.plan, after)
    is_working = speaker.trigger.get("calendar") == "working_days" and str(found).endswith("d") and not str(found).endswith("wd")
    return f"{str(found)[:-1]}wd" if is_working else found


def _trigger(speaker: Speaker) -> Card:
    kind = str(speaker.trigger.get("type"))
    return Card("", kind, trigger_icon(kind), speaker.trigger_sentence(), tuple(_trigger_details(speaker)))


def _trigger_details(speaker: Speaker) -> Iterator[tuple[str, str]]:
    trigger = speaker.trigger
    if trigger.get("type") == "date":
        working = trigger.get("calendar") == "working_days"
        yield _("Days"), _("Only working days count.") if working else _("All days count.")
        if speaker.entity is not None and _is_plain_date(speaker):
            yield _("At"), str(trigger.get("at", "09:00"))
        yield _("When late"), _(_LATE.get(str(trigger.get("late", "latest")), _LATE["latest"]))
    elif trigger.get("type") == "change":
        every = trigger.get("fire") == "every"
        if speaker.plan.automation.condition:
            yield (
                _("Fires"),
                _("Each time, while the condition holds.") if every else _("Once, when the condition begins to hold."),
            )
    elif trigger.get("type") == "button":
        roles = [_role(speaker, str(each)) for each in trigger.get("roles") or ()]
        yield _("Who"), listed(roles) if roles else _("Everybody who can see the record")
        asked = [speaker.path(str(each["field"])) for each in trigger.get("ask") or ()]
        if asked:
            yield _("Asks for"), listed(asked)


def _is_plain_date(speaker: Speaker) -> bool:
    field = speaker.entity.fields.get(str(speaker.trigger.get("field"))) if speaker.entity else None
    return field is not None and field.field.type == "date"


def _role(speaker: Speaker, name: str) -> str:
    full = qualified(speaker.plan.app, name)
    found = speaker.ctx.catalog.roles((full,)).get(full)
    return label_text(found.label) if found else name


def _card(speaker: Speaker, step: Mapping[str, Any]) -> Card:
    kind, key = str(step.get("type")), str(step.get("key"))
    make = _STEPS.get(kind)
    title, details, lanes = make(speaker, step) if make is not None else (kind, (), ())
    return Card(key, kind, icon_of(kind), title, tuple(details), tuple(lanes), not is_on(step))


_Made = tuple[str, Iterable[tuple[str, str]], Iterable[Lane]]


def _entity(speaker: Speaker, step: Mapping[str, Any]) -> EntityDef | None:
    return speaker.ctx.catalog.find(qualified(speaker.plan.app, str(step.get("entity", ""))))


def _values(speaker: Speaker, step: Mapping[str, Any], entity: EntityDef | None) -> list[tuple[str, str]]:
    values = step.get("values") or {}
    return [(speaker.path(key, entity), speaker.value(value, entity, key)) for key, value in values.items()]


def _set(speaker: Speaker, step: Mapping[str, Any]) -> _Made:
    title = _("Change the %(entity)s", entity=entity_word(speaker.entity))
    return title, _values(speaker, step, speaker.entity), ()


def _create(speaker: Speaker, step: Mapping[str, Any]) -> _Made:
    entity = _entity(speaker, step)
    return _("Create %(entity)s", entity=one_of(entity)), _values(speaker, step, entity), ()


def _update(speaker: Speaker, step: Mapping[str, Any]) -> _Made:
    entity = _entity(speaker, step)
    where = speaker.condition(step.get("where"), entity) or _("all")
    details = [(_("Which"), where), *_values(speaker, step, entity)]
    return _("Change other records: %(entities)s", entities=entity_word(entity, plural=True)), details, ()


def _find(speaker: Speaker, step: Mapping[str, Any]) -> _Made:
    entity = _entity(speaker, step)
    where = speaker.condition(step.get("where"), entity) or _("all")
    details = [(_("Which"), where), (_("At most"), str(step.get("limit", 100)))]
    return _("Find %(entities)s", entities=entity_word(entity, plural=True)), details, ()


def _notify(speaker: Speaker, step: Mapping[str, Any]) -> _Made:
    people = listed(speaker.recipients(step.get("to") or ())) or _("nobody")
    channels = listed(_(CHANNELS.get(str(each), str(each))) for each in step.get("channels") or ("in_app",))
    details = [(_("Title"), speaker.template(step.get("title"))), (_("How"), channels)]
    if step.get("body"):
        details.insert(1, (_("Text"), speaker.template(step.get("body"))))
    return _("Tell %(people)s", people=people), details, ()


def _wait(speaker: Speaker, step: Mapping[str, Any]) -> _Made:
    if "for" in step:
        title = _("Wait %(length)s", length=length(resolved(speaker.plan, step["for"])))
    elif "until" not in step:
        title = _("Wait")
    else:
        until = step.get("until")
        words = speaker.expression(str(until.get("expr"))) if isinstance(until, Mapping) else speaker.path(str(until))
        title = _("Wait until %(moment)s", moment=words)
    again = _("Then the condition is checked again.") if step.get("recheck", True) else ""
    return title, [(_("After it"), again)] if again else (), ()


def _branch(speaker: Speaker, step: Mapping[str, Any]) -> _Made:
    lanes = [
        Lane(
            str(arm.get("key")),
            label_text(arm.get("label")) or str(arm.get("key")),
            speaker.condition(arm.get("condition")) or _("always"),
            cards_of(speaker, arm.get("steps") or ()),
            tuple(speaker.leaves(arm.get("condition"))),
        )
        for arm in step.get("arms") or ()
    ]
    if step.get("else"):
        lanes.append(Lane("else", _("Otherwise"), "", cards_of(speaker, step["else"])))
    return _("Go the first way that fits"), (), lanes


def _each(speaker: Speaker, step: Mapping[str, Any]) -> _Made:
    source: Mapping[str, Any] = step.get("in") or {}
    if "relation" in source:
        title = _("For each of %(relation)s", relation=speaker.path(str(source["relation"])))
    elif "numbers" in source:
        numbers = source["numbers"]
        words = speaker.expression(str(numbers.get("expr"))) if isinstance(numbers, Mapping) else str(numbers)
        title = _("Repeat: as often as %(number)s", number=words)
    else:
        title = _("For each record found")
    body = Lane(str(step.get("key")), _("Each time"), "", cards_of(speaker, step.get("steps") or ()))
    return title, (), (body,)


def _stop(speaker: Speaker, step: Mapping[str, Any]) -> _Made:
    reason = resolved(speaker.plan, step.get("reason"))
    return (_("Stop: %(reason)s", reason=reason) if reason else _("Stop")), (), ()


_STEPS: Mapping[str, Callable[[Speaker, Mapping[str, Any]], _Made]] = {
    "set": _set,
    "create": _create,
    "update": _update,
    "find": _find,
    "notify": _notify,
    "wait": _wait,
    "branch": _branch,
    "each": _each,
    "stop": _stop,
}
