"""Templates: install with samples, upgrade with local changes, uninstall."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from builder.diff import same
from builder.folder import read_folder, write_folder
from runtime.context import Actor, Context
from runtime.errors import Conflict, Forbidden, Invalid, NotFound
from runtime.install import install, installed_from, plan_install, plan_upgrade, uninstall, upgrade
from runtime.platform.changes import Change
from runtime.samples import remove_samples, sample_records
from runtime.schema_apply import apply
from runtime.schema_drift import drift
from runtime.schema_plan import plan
from runtime.store import MergeNeeded
from templates_library import loader
from tests.factories import make_place, make_user
from tests.runtime.schema.conftest import shop_app


@dataclass(frozen=True)
class Package:
    """A template that a test makes up."""

    app: Mapping[str, Any]
    samples: Sequence[Mapping[str, Any]] = ()

    @property
    def key(self) -> str:
        return str(self.app["key"])

    @property
    def needs(self) -> tuple[str, ...]:
        return tuple(each["app"] for each in self.app.get("needs", ()))


SAMPLES = [
    {
        "entity": "item",
        "records": [
            {
                "ref": "cup",
                "values": {"name": {"text": {"en": "Cup", "zh-Hans": "杯子"}}, "maker": {"ref": "acme"}, "due": {"days": -3}},
            },
            {"values": {"name": "Mug", "owner": {"person": 2}, "seen": {"days": 1, "at": "10:00"}, "marks": [{"ref": "red"}]}},
        ],
    },
    {"entity": "maker", "records": [{"ref": "acme", "values": {"name": "Acme"}}]},
    {"entity": "mark", "records": [{"ref": "red", "values": {"name": "Red"}}]},
]


def package(version: str = "1.0.0") -> Package:
    app = {**shop_app(), "version": version}
    app["entities"][0]["fields"] += [
        {"key": "owner", "type": "person"},
        {"key": "due", "type": "date"},
        {"key": "seen", "type": "datetime"},
    ]
    app["automations"] = [
        {
            "key": "tell",
            "entity": "item",
            "trigger": {"type": "change"},
            "condition": {"field": "name", "op": "is_not_empty"},
            "steps": [{"key": "say", "type": "notify", "to": ["owner"], "title": "{{name}}"}],
        }
    ]
    return Package(app, SAMPLES)


@pytest.fixture
def ctx(engine: Engine) -> Iterator[Context]:
    with engine.connect() as connection:
        yield make_place(connection).context(connection)
        connection.rollback()


def test_samples_refer_to_each_other_to_people_and_to_today(ctx: Context) -> None:
    second = make_user(ctx.connection, ctx.workspace, "Second")
    planned = plan_install(ctx, package())
    assert "shop" in {each.path for each in planned.items}
    assert not planned.losses
    done = install(ctx, package(), sample_data=True, language="zh-Hans")
    assert (done.versions, done.records) == ({"shop": 1}, 4)
    assert drift(done.ctx) == []
    item = done.ctx.catalog.entity("shop.item").table
    cup, mug = ctx.connection.execute(sa.select(item).order_by(item.c.id)).all()
    today = ctx.now.astimezone(ctx.workspace.zone).date()
    assert (cup.name, (today - cup.due).days, mug.owner) == ("杯子", 3, second.user_id)
    assert cup.maker == ctx.connection.scalar(sa.select(done.ctx.catalog.entity("shop.maker").table.c.id))
    assert mug.seen.astimezone(ctx.workspace.zone).strftime("%H:%M") == "10:00"
    changes = sa.select(Change).where(Change.workspace_id == ctx.workspace.id)
    assert (
        ctx.connection.scalar(sa.select(sa.func.count()).select_from(changes.where(Change.matched_at.is_(None)).subquery())) == 0
    )


def test_samples_can_be_taken_away_and_own_records_stay(ctx: Context) -> None:
    done = install(ctx, package(), sample_data=True).ctx
    item = done.catalog.entity("shop.item").table
    from runtime.records.write import create

    create(done, "shop.item", {"name": "Own"})
    assert {name: len(ids) for name, ids in sample_records(done, "shop").items()} == {
        "shop.item": 2,
        "shop.maker": 1,
        "shop.mark": 1,
    }
    assert remove_samples(done, "shop") == 4
    assert list(ctx.connection.scalars(sa.select(item.c.name).where(item.c.deleted_at.is_(None)))) == ["Own"]
    assert sample_records(done, "shop") == {}


def test_installing_twice_needs_and_rights(ctx: Context) -> None:
    done = install(ctx, package()).ctx
    assert installed_from(done) == {"shop": ("shop", "1.0.0")}
    with pytest.raises(Conflict):
        install(done, package())
    with pytest.raises(Invalid) as caught:
        install(done, Package({"format": 1, "key": "more", "needs": [{"app": "nowhere"}]}))
    assert [each.code for each in caught.value.problems] == ["missing_app"]
    with pytest.raises(Invalid) as caught:
        install(done, Package({"format": 1, "key": "more", "needs": [{"app": "shop", "version": ">=2.0"}]}))
    assert [each.code for each in caught.value.problems] == ["old_app"]
    with pytest.raises(Forbidden):
        install(replace(done, actor=Actor("person", 1)), package("2.0.0"))


def test_bad_samples_install_nothing(ctx: Context) -> None:
    bad = replace(package(), samples=[{"entity": "item", "records": [{"values": {"name": ""}}]}])
    with pytest.raises(Invalid) as caught, ctx.connection.begin_nested():
        install(ctx, bad, sample_data=True)
    assert [each.path for each in caught.value.problems] == ["shop/records/0/name"]
    assert ctx.connection.scalar(sa.select(sa.func.to_regclass(f"{ctx.workspace.schema}.shop__item"))) is None


def local_change(ctx: Context, change: Any) -> Context:
    document = copy.deepcopy(dict(ctx.catalog.documents["shop"]))
    change(document)
    return apply(ctx, {"shop": document}, accept_loss=plan(ctx, {"shop": document}).token).ctx


def newer() -> Package:
    app = copy.deepcopy(dict(package("1.1.0").app))
    fields = app["entities"][0]["fields"]
    fields.append({"key": "grade", "type": "text", "required": True})
    fields[:] = [each for each in fields if each["key"] not in ("price", "size")]
    fields[0]["help"] = "Upstream"
    app["automations"].append(
        {"key": "extra", "entity": "item", "trigger": {"type": "button"}, "steps": [{"key": "halt", "type": "stop"}]}
    )
    return Package(app)


def test_an_upgrade_keeps_local_changes_and_data(ctx: Context) -> None:
    ctx = install(ctx, package()).ctx
    item = ctx.catalog.entity("shop.item").table
    ctx.connection.execute(sa.insert(item).values(name="Cup", size="L"))

    def change(document: dict[str, Any]) -> None:
        document["entities"][0]["fields"][0]["label"] = "Title"
        document["entities"][0]["fields"].append({"key": "own", "type": "text"})

    ctx = local_change(ctx, change)
    found = plan_upgrade(ctx, newer())
    assert (found.from_version, found.to_version, found.conflicts) == ("1.0.0", "1.1.0", ())
    assert not found.plan.losses
    ctx = upgrade(ctx, newer()).ctx
    assert drift(ctx) == []
    fields = ctx.catalog.entity("shop.item").fields
    assert fields["name"].field.label.in_language("en") == "Title"
    assert fields["name"].field.help.in_language("en") == "Upstream"
    assert "own" in fields
    assert "size" in fields  # it holds values
    assert "price" not in fields
    assert not fields["grade"].field.required
    enabled = {each.key: each.enabled for _, each in ctx.catalog.automations_on("shop.item")}
    assert enabled == {"tell": True, "extra": False}
    before = ctx.catalog.versions
    again = upgrade(ctx, newer())
    assert again.versions == before
    assert installed_from(ctx) == {"shop": ("shop", "1.1.0")}


def test_an_upgrade_without_local_changes_or_data_gives_what_is_shipped(ctx: Context) -> None:
    ctx = upgrade(install(ctx, package()).ctx, newer()).ctx
    shipped = copy.deepcopy(dict(newer().app))
    shipped["automations"][1]["enabled"] = False
    shipped["entities"][0]["fields"][-1]["required"] = False
    assert same(ctx.catalog.documents["shop"], shipped)


def test_what_both_changed_is_asked_once_and_stays_ours_unless_told(ctx: Context) -> None:
    ctx = local_change(
        install(ctx, package()).ctx, lambda document: document["entities"][0].update(search_fields=["name", "size"])
    )
    upstream = copy.deepcopy(dict(package("1.1.0").app))
    upstream["entities"][0]["search_fields"] = []
    with pytest.raises(MergeNeeded) as caught:
        upgrade(ctx, Package(upstream))
    assert [each.path for each in caught.value.conflicts] == ["entities/item/search_fields"]
    savepoint = ctx.connection.begin_nested()
    mine = upgrade(ctx, Package(upstream), resolve={}).ctx
    assert mine.catalog.entity("shop.item").entity.search_fields == ("name", "size")
    assert upgrade(mine, Package(upstream)).versions == mine.catalog.versions
    savepoint.rollback()
    theirs = upgrade(ctx, Package(upstream), resolve={"entities/item/search_fields": "theirs"}).ctx
    assert theirs.catalog.documents["shop"]["entities"][0]["search_fields"] == []


def test_only_what_came_from_a_template_is_upgraded_and_uninstalling_is_to_the_trash(ctx: Context) -> None:
    ctx = apply(ctx, {"shop": shop_app()}).ctx
    with pytest.raises(NotFound):
        plan_upgrade(ctx, package())
    ctx.connection.execute(sa.insert(ctx.catalog.entity("shop.item").table).values(name="Cup"))
    with pytest.raises(Conflict):
        uninstall(ctx, "shop")
    gone = uninstall(ctx, "shop", accept_loss=plan(ctx, {"shop": None}).token).ctx
    assert drift(gone) == []
    with pytest.raises(NotFound):
        uninstall(gone, "shop")


@pytest.mark.parametrize("key", loader.names())
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_bundled_template_installs_with_its_samples(ctx: Context, key: str, language: str, tmp_path: Any) -> None:
    template = loader.read(key)
    done = install(ctx, template, sample_data=True, language=language)
    assert drift(done.ctx) == []
    assert done.records >= sum(len(each["records"]) for each in template.samples)
    write_folder(done.ctx.catalog.documents[key], tmp_path)
    again = apply(done.ctx, {key: read_folder(tmp_path)})
    assert again.ctx.workspace.revision == done.ctx.workspace.revision
    assert not plan_upgrade(done.ctx, template).is_needed
