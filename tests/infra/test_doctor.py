"""`formloom doctor` names what is wrong."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from runtime.settings import Settings
from tests.infra.site_process import free_port, run_command
from web.doctor import Finding, examine


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, port=free_port())


def problems(settings: Settings) -> list[Finding]:
    return [each for each in examine(settings) if each.level == "problem"]


def test_a_sound_site_has_no_problem_but_a_hint_about_mail(settings: Settings) -> None:
    findings = [each for each in examine(settings) if "front end" not in each.what]
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
