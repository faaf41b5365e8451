"""`formloom export` and `formloom api-key create`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from runtime.context import Context
from runtime.people import authenticate_key
from runtime.platform.people import User
from runtime.records import write
from tests import factories
from web.cli import cli

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FORMLOOM_DATA_DIR", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(cli, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def place(engine: sa.Engine) -> Context:
    with engine.begin() as connection:
        ctx = factories.install(connection, factories.make_place(connection))
        for name in ("b", "a"):
            write.create(ctx, "studio.tag", {"name": name})
        return ctx


def test_records_become_a_file(run: Run, place: Context, tmp_path: Path) -> None:
    target = tmp_path / "tags.jsonl"
    done = run("export", "studio.tag", "-o", target, "--sort", "name", "--fields", "name", "--workspace", place.workspace.key)
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["name"] for line in target.read_text().splitlines()] == ["a", "b"]
    assert "2 records" in done.output and [each.name for each in tmp_path.glob("*tags*")] == ["tags.jsonl"]


def test_what_cannot_be_exported_leaves_no_file(run: Run, place: Context, tmp_path: Path) -> None:
    for entity, more in (("studio.nope", ()), ("studio.tag", ("--fields", "nope")), ("studio.tag", ("--filter", "{"))):
        done = run("export", entity, "-o", tmp_path / "x.csv", "--workspace", place.workspace.key, *more)
        assert done.exit_code != 0 and "Traceback" not in done.output
    assert not list(tmp_path.glob("*x.csv*"))


def test_the_key_is_printed_and_nothing_else(run: Run, place: Context, engine: sa.Engine) -> None:
    with engine.connect() as connection:
        email = connection.scalar(sa.select(User.email).where(User.id == place.actor.user_id))
    done = run("api-key", "create", "--email", email, "--workspace", place.workspace.key)
    assert done.exit_code == 0 and done.stdout == done.stdout.strip() + "\n"
    with engine.connect() as connection:
        identity = authenticate_key(connection, done.stdout.strip())
        assert identity is not None and identity.actor.user_id == place.actor.user_id
    wrong = run("api-key", "create", "--email", email, "--role", "studio.nope", "--workspace", "nowhere")
    assert wrong.exit_code != 0 and wrong.stdout == ""
