"""One sequence of what designers do, with an oracle after every step."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from builder.codec import app_from_json, app_to_json
from builder.diff import same
from runtime import drafts, store
from runtime.catalog import Catalog, load_catalog, load_workspace
from runtime.context import Actor, Context, WorkspaceInfo
from runtime.drafts import Desk
from runtime.errors import Conflict, Invalid, RuntimeProblem
from runtime.schema.trash import trash_of
from runtime.schema_apply import Applied
from runtime.schema_drift import drift
from runtime.schema_plan import plan
from runtime.schema_restore import plan_version, restore_from_trash, restore_version
from tests.factories import Place
from tests.properties.generators import GENERATORS
from tests.properties.generators.items import SPECIAL, illegal
from tests.properties.hand import Act, Hand, NothingToDo
from tests.properties.stored import Judge, Stored, everything_of, read_stored
from tests.properties.world import write_record

Document = Mapping[str, Any]


@dataclass
class Bench:
    """One administrator: what the draft has been, and where in that they stand."""

    actor: Actor
    past: list[Document] = field(default_factory=list)
    place: int = 0


@dataclass
class Sequence:
    """A run of random steps in one workspace. `log` tells what was done, for when something is wrong."""

    connection: sa.Connection
    home: Place
    people: list[Actor]
    chance: random.Random
    log: list[str] = field(default_factory=list)
    published: int = 0
    moment: Any = None
    _now: tuple[WorkspaceInfo, Catalog] | None = None
    _benches: dict[tuple[int, str], Bench] = field(default_factory=dict)

    def run(self, steps: int) -> None:
        """So many steps, and a publication at the end."""
        kinds: list[Callable[[], None]] = [
            self.change,
            self.walk,
            self.write,
            self.publish,
            self.from_trash,
            self.old_version,
            self.refused,
        ]
        for _ in range(steps):
            self.app = "base" if self.chance.random() < 0.1 else "studio"
            self.actor = self.chance.choice(self.people) if self.chance.random() < 0.3 else self.people[0]
            self.chance.choices(kinds, (58, 8, 8, 16, 3, 2, 3))[0]()
        self.app, self.actor = "studio", self.people[0]
        self.publish()

    # contexts and drafts

    def ctx(self) -> Context:
        """The workspace as it is now, for the one who acts; each step is a minute later."""
        self.moment += timedelta(seconds=30)
        if self._now is None:
            workspace = load_workspace(self.connection, workspace_id=self.home.workspace.id)
            assert workspace is not None
            self._now = (workspace, load_catalog(self.connection, workspace))
        return Context(self.connection, *self._now, self.actor, self.moment)

    def bench(self, desk: Desk) -> Bench:
        found = self._benches.setdefault((self.actor.user_id or 0, self.app), Bench(self.actor))
        if len(found.past) <= 1:  # without a draft of one's own one looks at what is published
            found.past = [copy.deepcopy(dict(desk.document))]
        return found

    # steps

    def change(self) -> None:
        """Acts on the draft; undone and done again they leave exactly what was there."""
        desk = drafts.open_desk(self.ctx(), self.app)
        bench = self.bench(desk)
        acts = self._acts(desk)
        if not acts:
            return
        self.log.append(f"{self.app} by {self.actor.user_id}: {json.dumps(acts, ensure_ascii=False)}")
        try:
            after = drafts.change(self.ctx(), self.app, copy.deepcopy(acts))
        except Invalid as error:
            assert all(each.text for each in error.problems)  # noqa: PT017
            assert same(drafts.open_desk(self.ctx(), self.app).document, desk.document), "a refused act has changed the draft"
            return
        if same(after.document, desk.document):
            return
        bench.past[bench.place + 1 :] = [copy.deepcopy(dict(after.document))]
        bench.place += 1
        self._look(after)
        self._step(bench, -1)
        self._step(bench, 1)
        if after.problems and self.chance.random() < 0.75:
            self._step(bench, -1)

    def walk(self) -> None:
        """Some steps back, then some forward again."""
        bench = self.bench(drafts.open_desk(self.ctx(), self.app))
        for direction in (-1, 1):
            for _ in range(self.chance.randrange(5)):
                self._step(bench, direction)

    def _step(self, bench: Bench, direction: int) -> None:
        before = bench.place
        bench.place = min(max(bench.place + direction, 0), len(bench.past) - 1)
        desk = (drafts.undo if direction < 0 else drafts.redo)(self.ctx(), self.app)
        what = "undo" if direction < 0 else "redo"
        assert same(desk.document, bench.past[bench.place]), f"{what} from {before} to {bench.place} is not what was there"
        assert desk.draft.can_undo == (bench.place > 0)
        assert desk.draft.can_redo == (bench.place < len(bench.past) - 1)

    def write(self) -> None:
        """People save records meanwhile."""
        ctx = self.ctx()
        names = [each.name for each in ctx.catalog.entities()]
        for _ in range(2):
            write_record(ctx, self.chance.choice([*names, *(name for name in names if name.endswith("box"))]), self.chance)

    def publish(self) -> None:
        """Plan, confirm, apply. What the plan says is what happens."""
        ctx = self.ctx()
        desk = drafts.open_desk(ctx, self.app)
        if desk.problems and self.chance.random() < 0.7:
            self.walk()
            return
        self.log.append(f"publish {self.app} by {self.actor.user_id}")
        found, conflicts = store.plan_draft(ctx, self.app)
        resolve = {each.path: self.chance.choice(("mine", "theirs")) for each in conflicts}
        if conflicts:
            found, _ = store.plan_draft(ctx, self.app, resolve)
        self._apply(
            ctx,
            lambda: store.publish(self.ctx(), self.app, accept_loss=found.token, resolve=resolve),
            refused=bool(found.problems),
        )
        if not found.problems:
            self._benches.pop((self.actor.user_id or 0, self.app), None)

    def refused(self) -> None:
        """Publications that must not happen: nobody has confirmed the loss, or another one was confirmed."""
        ctx = self.ctx()
        found, conflicts = store.plan_draft(ctx, self.app)
        if not (found.problems or found.losses or conflicts):
            return
        self.log.append(f"refused {self.app} by {self.actor.user_id}")
        token = self.chance.choice((None, "0" * 32))
        before = everything_of(ctx)
        try:
            store.publish(self.ctx(), self.app, accept_loss=token)
        except RuntimeProblem:
            self._now = None
            assert everything_of(self.ctx()) == before, "a refused publication has changed something"
        else:
            raise AssertionError("published without what was needed")

    def from_trash(self) -> None:
        """One thing comes back; everything else stays."""
        items = trash_of(self.ctx())
        if not items:
            return
        item = self.chance.choice(items)
        self.log.append(f"restore {item.kind} {item.entity}.{item.field} ({item.reason})")
        places = {
            (item.entity, item.field or ""),
            *((each.entity, str(each.field)) for each in items if each.entity == item.entity and item.kind == "table"),
        }
        self._apply(self.ctx(), lambda: restore_from_trash(self.ctx(), item.id), restored=places)

    def old_version(self) -> None:
        """The app as it once was."""
        ctx = self.ctx()
        number = self.chance.choice([each.number for each in store.history(ctx, self.app)])
        self.log.append(f"version {number} of {self.app}")
        found, restoring, _ = plan_version(ctx, self.app, number)
        work = lambda: restore_version(self.ctx(), self.app, number, accept_loss=found.token)  # noqa: E731
        self._apply(ctx, work, refused=bool(found.problems), restored=set(restoring))

    # oracles

    def _look(self, desk: Desk) -> None:
        """Problems are values; the preview is drawn of whatever there is; a sound document survives the model."""
        for each in desk.problems:
            assert each.text
        if self.chance.random() < 0.4:
            drafts.looking(self.ctx(), desk)
        if not desk.problems:
            app = app_from_json(desk.document)
            assert app_from_json(app_to_json(app)) == app

    def _apply(
        self,
        ctx: Context,
        work: Callable[[], Applied],
        *,
        refused: bool | None = None,
        restored: set[tuple[str, str]] | None = None,
    ) -> None:
        old, before, everything = ctx.catalog, read_stored(ctx), everything_of(ctx)
        try:
            applied = work()
        except (Invalid, Conflict) as error:
            self._now = None
            assert refused is not False, f"the plan saw no problem, and then: {error}"  # noqa: PT017
            assert everything_of(self.ctx()) == everything, "a refused publication has changed something"
            return
        assert not refused, "published although the plan had problems"
        assert applied.job is None
        self.published += 1
        self._now = None
        now = self.ctx()
        assert drift(now) == []
        self._judge(now, old, before, applied, restored or set())

    def _judge(self, now: Context, old: Any, before: Stored, applied: Applied, restored: set[tuple[str, str]]) -> None:
        Judge(now, old, before, restored).check(applied.plan)
        for item in applied.plan.items:
            assert item.to_json()["path"]
        again = plan(now, {key: now.catalog.documents[key] for key, number in applied.versions.items() if number})
        assert not again.problems
        assert not again.items, "what was just published still wants changes"

    def _acts(self, desk: Desk) -> list[Act]:
        hand = Hand(self.chance, desk.document, desk.published)
        try:
            if self.chance.random() < 0.35:
                return self.chance.choice(SPECIAL)(hand)
            act = GENERATORS[self.chance.choice(list(GENERATORS))](hand)
            return [illegal(hand, act) if self.chance.random() < 0.1 else act]
        except (NothingToDo, LookupError, TypeError, AttributeError):
            return []  # the document is too broken for the hand, not for the designer


def actors(home: Place, others: list[Actor]) -> list[Actor]:
    """The administrator of the place and these, as they come to the designers."""
    return [home.admin, *(replace(each, is_admin=True) for each in others)]
