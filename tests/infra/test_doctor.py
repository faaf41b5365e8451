"""`formloom doctor` names what is wrong."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.clock import now
from runtime.platform.apps import SchemaJob
from runtime.settings import Settings
from tests.conftest import new_database
from tests.factories import install, make_place
from tests.infra.site_process import free_port, run_command
from web.doctor import examine
from web.findings import Finding


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, port=free_port())


def problems(settings: Settings) -> list[Finding]:
    return [each for each in examine(settings) if each.level == "problem"]


def test_a_sound_site_has_no_problem_but_a_hint_about_mail(settings: Settings) -> None:
    # Tables of other tests' workspaces are theirs.
    findings = [each for each in examine(settings) if "front end" not in each.what and not each.what.startswith("workspace ")]
    assert [each.what for each in findings if each.level == "problem"] == []
    assert any(each.level == "warning" and "SMTP_HOST" in each.advice for each in findings)


def test_services_that_do_not_answer_are_named(tmp_path: Path, database_url: str) -> None:
    dead = free_port()
    broken = Settings(
        data_dir=tmp_path,
        database_url=database_url,
        redis_url=f"redis://127.0.0.1:{dead}/0",
        smtp_host="127.0.0.1",
        smtp_port=dead,
        port=free_port(),
    )
    found = " / ".join(each.what for each in problems(broken))
    assert "Redis" in found
    assert "mail server" in found


def test_a_taken_port_is_a_warning(settings: Settings) -> None:
    with socket.create_server((settings.host, settings.port)):
        assert any(each.level == "warning" and str(settings.port) in each.what for each in examine(settings))


def test_an_unreachable_database_is_one_line(tmp_path: Path) -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    refused = run_command(tmp_path, "run", DATABASE_URL=url, PORT=str(free_port()))
    assert refused.returncode == 2
    assert refused.stderr.startswith("formloom: the database cannot be reached")
    assert refused.stderr.count("\n") == 1
    examined = run_command(tmp_path, "doctor", DATABASE_URL=url, PORT=str(free_port()))
    assert examined.returncode == 1
    assert "PROBLEM the database cannot be reached" in examined.stdout


def test_tables_that_are_not_what_the_definitions_say_and_work_that_stands_still(server_url: str, tmp_path: Path) -> None:
    with new_database(server_url, f"formloom_test_doctor_{free_port()}", first_workspace=700_001) as url:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            place = make_place(connection)
            fields: list[dict[str, Any]] = [{"key": "name", "type": "text"}, {"key": "size", "type": "number"}]
            install(connection, place, {"shop": {"format": 1, "key": "shop", "entities": [{"key": "item", "fields": fields}]}})
        settings = Settings(data_dir=tmp_path, database_url=url, port=free_port())
        assert any("tables and definitions agree" in each.what for each in examine(settings))
        with engine.begin() as connection:
            connection.execute(sa.text(f"ALTER TABLE {place.workspace.schema}.shop__item DROP COLUMN size"))
            job = {"workspace_id": place.workspace.id, "kind": "convert", "entity": "shop.item", "field": "name"}
            later = now() - timedelta(hours=1)
            rows = [
                job | {"state": "running", "changed_at": later, "done": 40, "total": 80, "error": None},
                job
                | {
                    "state": "failed",
                    "changed_at": later,
                    "done": 0,
                    "total": 0,
                    "error": "somebody has changed the same places",
                },
            ]
            connection.execute(sa.insert(SchemaJob), rows)
        engine.dispose()
        found = [each for each in examine(settings) if each.level != "ok"]
    told = " / ".join(f"{each.what} ({each.advice})" for each in found)
    assert "the column size is missing (somebody has changed tables by hand" in told
    assert "the conversion of shop.item.name stands still at 50 %" in told
    assert "check that a worker runs" in told
    assert "failed: somebody has changed the same places (nothing is half done" in told
