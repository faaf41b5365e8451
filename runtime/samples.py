"""Sample records of templates: names for records, people going round, days counted from today, text by language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from builder.keys import qualified
from builder.label import Label
from runtime.context import Actor, Context
from runtime.errors import Conflict, NotFound
from runtime.platform.people import Member, Workspace
from runtime.records.bulk import create_many
from runtime.records.write import delete, update

_MORNING = time(9)
_KEY = "samples"


@dataclass
class SampleSet:
    """Loads the samples of apps into one workspace. refs: names of records -> ids."""

    ctx: Context
    language: str
    people: Sequence[int]
    refs: dict[str, int] = field(default_factory=dict)

    def load(self, app: str, samples: Iterable[Mapping[str, Any]]) -> int:
        """Creates the records of one app's sample sets, in order; how many. Raises Invalid with the first set that fails."""
        count = 0
        later: list[tuple[str, int, dict[str, Any]]] = []
        own: dict[str, list[int]] = {}
        for sample in samples:
            entity = qualified(app, sample["entity"])
            ready = [self._values(entity, record["values"]) for record in sample["records"]]
            ids = create_many(self.ctx, entity, [now for now, _ in ready])
            own.setdefault(entity, []).extend(ids)
            for identity, record, (_, waiting) in zip(ids, sample["records"], ready, strict=True):
                if record.get("ref"):
                    self.refs[record["ref"]] = identity
                if waiting:
                    later.append((entity, identity, waiting))
            count += len(ids)
        for entity, identity, waiting in later:
            values, missing = self._values(entity, waiting)
            if missing:
                raise NotFound(f"no sample record is called {missing}")
            update(self.ctx, entity, identity, values)
        _remember(self.ctx, app, own, self.refs)
        return count

    def _values(self, entity: str, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The values that can be given now, and those that name a record which comes later."""
        now, later = {}, {}
        for key, value in raw.items():
            if all(ref in self.refs for ref in _refs(value)):
                now[key] = self._value(entity, key, value)
            else:
                later[key] = value
        return now, later

    def _value(self, entity: str, key: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(entity, key, each) for each in value]
        if not isinstance(value, Mapping):
            return value
        if "ref" in value:
            return self.refs[value["ref"]]
        if "person" in value:
            return self.people[(int(value["person"]) - 1) % len(self.people)] if self.people else None
        if "text" in value:
            return Label.of(value["text"]).in_language(self.language)
        if "days" in value:
            return self._moment(entity, key, value)
        return value

    def _moment(self, entity: str, key: str, value: Mapping[str, Any]) -> str:
        zone = self.ctx.workspace.zone
        day: date = self.ctx.now.astimezone(zone).date() + timedelta(days=value["days"])
        definition = self.ctx.catalog.entity(entity).fields.get(key)
        if definition is not None and definition.field.type == "date":
            return day.isoformat()
        at = time.fromisoformat(value["at"]) if value.get("at") else _MORNING
        return datetime.combine(day, at, tzinfo=zone).isoformat()


def sample_set(ctx: Context, language: str) -> SampleSet:
    """A loader that acts as the template, on behalf of the actor, and knows the samples that are there already."""
    people = list(
        ctx.connection.scalars(
            sa.select(Member.user_id)
            .where(Member.workspace_id == ctx.workspace.id, Member.active)
            .order_by(Member.joined_at, Member.user_id)
        )
    )
    actor = Actor("template", ctx.actor.user_id, ctx.actor.name, is_admin=True, language=language)
    refs = {name: identity for noted in _noted(ctx).values() for name, identity in noted["refs"].items()}
    return SampleSet(replace(ctx, actor=actor), language, people, refs)


def sample_records(ctx: Context, app: str) -> dict[str, list[int]]:
    """Ids of the sample records that an app brought, by entity; some may have been deleted since."""
    noted = _noted(ctx).get(app)
    return dict(noted["records"]) if noted else {}


def remove_samples(ctx: Context, app: str) -> int:
    """Puts an app's sample records into the bin; how many. Those that records of people point at stay."""
    left = [(entity, identity) for entity, ids in sample_records(ctx, app).items() for identity in ids]
    removed, progress = 0, 1
    while progress:
        progress = 0
        for entity, identity in reversed(left.copy()):
            if _delete(ctx, entity, identity):
                left.remove((entity, identity))
                progress += 1
        removed += progress
    _write(ctx, {name: noted for name, noted in _noted(ctx).items() if name != app})
    return removed


def _delete(ctx: Context, entity: str, identity: int) -> bool:
    """Whether the record is in the bin now; not when others still point at it."""
    try:
        with ctx.connection.begin_nested():
            delete(ctx, entity, identity)
    except Conflict:
        return False
    except NotFound:  # gone already, by itself or with its parent
        pass
    return True


def _refs(value: Any) -> list[str]:
    if isinstance(value, list):
        return [ref for each in value for ref in _refs(each)]
    return [value["ref"]] if isinstance(value, Mapping) and "ref" in value else []


def _noted(ctx: Context) -> dict[str, Any]:
    settings = ctx.connection.scalar(sa.select(Workspace.settings).where(Workspace.id == ctx.workspace.id)) or {}
    return dict(settings.get(_KEY, {}))


def _remember(ctx: Context, app: str, records: Mapping[str, list[int]], refs: Mapping[str, int]) -> None:
    known = _noted(ctx)
    elsewhere = {name for other, noted in known.items() if other != app for name in noted["refs"]}
    own = {name: identity for name, identity in refs.items() if name not in elsewhere}
    _write(ctx, {**known, app: {"records": dict(records), "refs": own}})


def _write(ctx: Context, noted: Mapping[str, Any]) -> None:
    settings = (
        ctx.connection.scalar(sa.select(Workspace.settings).where(Workspace.id == ctx.workspace.id).with_for_update()) or {}
    )
    changed = {**settings, _KEY: dict(noted)}
    ctx.connection.execute(sa.update(Workspace).where(Workspace.id == ctx.workspace.id).values(settings=changed))
