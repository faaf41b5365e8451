"""An automation of a draft as cards with their places in the document, and the problems that belong to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from builder.automations import STEP_TYPES, is_on
from builder.automations.settings import setting_values
from builder.codec import decode
from builder.errors import Problem
from builder.keys import qualified
from builder.model import Automation
from runtime.automations.plans import Plan
from runtime.context import Context
from runtime.drafts import Desk
from web.i18n import gettext as _
from web.render.automations.design_words import step_name
from web.render.automations.flow import Card, after_of, cards_of, flow_view, icon_of, is_flat
from web.render.automations.words import Speaker, distance, label_text, resolved

_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, AssertionError, sa.exc.SQLAlchemyError)


@dataclass(frozen=True)
class DesignCard:
    """A card at its place. `path` in the document, `list` where it stands among others."""

    path: str
    key: str
    card: Card
    problems: tuple[Problem, ...] = ()
    lanes: tuple[DesignLane, ...] = ()
    is_picked: bool = False


@dataclass(frozen=True)
class DesignLane:
    """Steps under a heading. `path`: of the rung or way, empty for lanes that have nothing to set. `steps`: path of its list."""

    path: str
    key: str
    title: str
    note: str
    steps: str
    cards: tuple[DesignCard, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_picked: bool = False
    list: str = ""


@dataclass(frozen=True)
class DesignFlow:
    """The whole automation. With `lanes` it is a ladder, else `body` has its steps."""

    trigger: DesignCard
    condition: DesignCard | None
    lanes: tuple[DesignLane, ...]
    body: DesignLane | None
    problems: tuple[Problem, ...]


def draft_plan(app: str, raw: Mapping[str, Any]) -> Plan:
    """A plan to speak about an automation that need not be sound yet; it cannot run."""
    try:
        automation = decode(Automation, raw)
    except _UNREADABLE:
        automation = Automation(key=str(raw.get("key")), trigger=raw.get("trigger") or {})
    entity = qualified(app, automation.entity) if automation.entity else ""
    values = setting_values(automation, {})
    return Plan(f"{app}.{automation.key}", app, 0, automation, entity, automation.trigger, None, None, (), (), values)


@dataclass
class FlowDrawer:
    """Draws the cards of one automation of a draft. ctx: looking at the draft."""

    ctx: Context
    desk: Desk
    raw: Mapping[str, Any]
    path: str
    pick: str = ""
    speaker: Speaker = field(init=False)
    places: dict[str, list[Problem]] = field(init=False)

    def __post_init__(self) -> None:
        self.speaker = Speaker(self.ctx, draft_plan(self.desk.app, self.raw))
        self.places = problems_by_place(self.raw, self.path, self.desk.problems)

    def flow(self) -> DesignFlow:
        """All cards."""
        view = self._try(lambda: flow_view(self.speaker))
        trigger = view.trigger if view else Card("", str(self.speaker.trigger.get("type")), "bolt", _("Choose what sets it off"))
        lanes = tuple(self._rung(each) for each in self.raw.get("ladder") or ())
        is_ladder = self.speaker.trigger.get("type") == "date"
        body = None if is_ladder else self._lane("", "", "", "", f"{self.path}/steps", self.raw.get("steps") or ())
        return DesignFlow(
            self._place(f"{self.path}/trigger", "trigger", trigger),
            self._condition(),
            lanes,
            body,
            tuple(self.places.get(self.path, ())),
        )

    def _condition(self) -> DesignCard | None:
        if not self.raw.get("entity"):
            return None
        tree = resolved(self.speaker.plan, self.raw.get("condition"))
        leaves = self._try(lambda: self.speaker.leaves(tree)) or []
        is_any = isinstance(tree, Mapping) and "any" in tree
        title = (
            _("Always")
            if not tree
            else _("Only if one of these is so")
            if is_any and len(leaves) > 1
            else _("Only if all of these are so")
            if len(leaves) > 1 and is_flat(tree)
            else _("Only if")
        )
        # Parts that stand side by side are easier to read one below the other.
        words = leaves if is_flat(tree) and leaves else [self._words(tree)]
        lines = [each for each in words if each] if tree else [_("No condition yet. Choose this card to set one.")]
        card = Card("condition", "condition", "filter", title, tuple(("", each) for each in lines))
        return self._place(f"{self.path}/condition", "condition", card)

    def _rung(self, rung: Mapping[str, Any]) -> DesignLane:
        after = after_of(self.speaker, rung.get("after"))
        place = f"{self.path}/ladder/{rung['key']}"
        title = label_text(rung.get("label")) or distance(after)
        note = distance(after) if label_text(rung.get("label")) else ""
        return self._lane(place, str(rung["key"]), title, note, f"{place}/steps", rung.get("steps") or (), f"{self.path}/ladder")

    def _lane(self, path: str, key: str, title: str, note: str, steps: str, inner: Any, place: str = "") -> DesignLane:
        cards = tuple(self._card(steps, each) for each in inner)
        return DesignLane(
            path, key, title, note, steps, cards, tuple(self.places.get(path, ())), bool(path) and path == self.pick, place
        )

    def _card(self, place: str, step: Mapping[str, Any]) -> DesignCard:
        path, kind = f"{place}/{step.get('key')}", str(step.get("type"))
        made = self._try(lambda: cards_of(self.speaker, [step]))
        card = made[0] if made else Card(str(step.get("key")), kind, icon_of(kind), step_name(kind), is_off=not is_on(step))
        return self._place(path, str(step.get("key")), card, self._inner(path, step))

    def _inner(self, path: str, step: Mapping[str, Any]) -> tuple[DesignLane, ...]:
        if step.get("type") == "each":
            return (self._lane("", "", _("Each time"), "", f"{path}/steps", step.get("steps") or ()),)
        if step.get("type") != "branch":
            return ()
        lanes = []
        for arm in step.get("arms") or ():
            place = f"{path}/arms/{arm.get('key')}"
            words = self._words(arm.get("condition")) or _("always")
            title = label_text(arm.get("label"))
            lanes.append(
                self._lane(
                    place,
                    str(arm.get("key")),
                    title or words,
                    words if title else "",
                    f"{place}/steps",
                    arm.get("steps") or (),
                    f"{path}/arms",
                )
            )
        lanes.append(self._lane("", "", _("Otherwise"), "", f"{path}/else", step.get("else") or ()))
        return tuple(lanes)

    def _words(self, tree: Any) -> str:
        return str(self._try(lambda: self.speaker.condition(tree)) or "")

    def _place(self, path: str, key: str, card: Card, lanes: tuple[DesignLane, ...] = ()) -> DesignCard:
        return DesignCard(path, key, card, tuple(self.places.get(path, ())), lanes, path == self.pick)

    def _try(self, say: Callable[[], Any]) -> Any:
        """What half-made definitions cannot be said about is left out."""
        try:
            return say()
        except _UNREADABLE:
            return None


def problems_by_place(raw: Mapping[str, Any], path: str, problems: list[Problem]) -> dict[str, list[Problem]]:
    """The card's path -> the problems that are mended there."""
    places = set(_places(raw, path))
    found: dict[str, list[Problem]] = {}
    for each in problems:
        if each.path != path and not each.path.startswith(f"{path}/"):
            continue
        place = f"{path}/trigger" if each.path in (f"{path}/entity", f"{path}/trigger") else each.path
        while place not in places:
            place = place.rpartition("/")[0]
        found.setdefault(place, []).append(each)
    return found


def _places(raw: Mapping[str, Any], path: str) -> list[str]:
    found = [path, f"{path}/trigger", f"{path}/condition"]
    found += [f"{path}/settings/{each.get('key')}" for each in raw.get("settings") or ()]
    for rung in raw.get("ladder") or ():
        found.append(f"{path}/ladder/{rung.get('key')}")
        found += _step_places(rung.get("steps") or (), f"{path}/ladder/{rung.get('key')}/steps")
    return found + _step_places(raw.get("steps") or (), f"{path}/steps")


def _step_places(steps: Any, path: str) -> list[str]:
    found: list[str] = []
    for step in steps:
        here = f"{path}/{step.get('key')}"
        found.append(here)
        for name in ("steps", "else"):
            found += _step_places(step.get(name) or (), f"{here}/{name}")
        for arm in step.get("arms") or ():
            found.append(f"{here}/arms/{arm.get('key')}")
            found += _step_places(arm.get("steps") or (), f"{here}/arms/{arm.get('key')}/steps")
    return found


def step_types() -> list[tuple[str, str, str]]:
    """(type, name, icon) of the steps that can be added."""
    return [(each.name, step_name(each.name), each.icon) for each in STEP_TYPES]
