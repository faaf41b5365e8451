"""`formloom init` on a database without people of that name."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runtime import people, setup_token
from tests.web.site import Site
from web.cli import cli


@pytest.fixture
def init(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FORMLOOM_DATA_DIR", str(tmp_path))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["init", *arguments])

    return run


def test_it_may_be_repeated(init, site: Site, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    arguments = (
        "--email",
        site.email("first"),
        "--password",
        "correct horse 1",
        "--organisation",
        "云帆",
        "--language",
        "zh-Hans",
    )
    token = setup_token.issue(tmp_path)
    for _ in range(2):
        done = init(*arguments)
        assert done.exit_code == 0, done.output
    with site.engine.connect() as connection:
        user = people.find_user(connection, site.email("first"))
        assert user is not None
        (workspace,) = people.workspaces_of(connection, user)
        member = people.member_info(connection, workspace.id, user)
    assert (workspace.name, workspace.language, str(workspace.zone), member.is_admin) == (
        "云帆",
        "zh-Hans",
        "Asia/Shanghai",
        True,
    )
    assert not setup_token.verify(tmp_path, token)
    assert site.stranger().sign_in(site.email("first")).status_code in (302, 303)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--password", "12345678"), "among the first"),
        (("--email", "nonsense"), "not an e-mail"),
        (("--template", "nothing"), "choose one of"),
        (("--zone", "Mars/Olympus"), "no time zone"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(init, site: Site, arguments: tuple[str, ...], told: str) -> None:  # type: ignore[no-untyped-def]
    done = init("--email", site.email("second"), "--password", "correct horse 1", *arguments)
    assert done.exit_code != 0
    assert told in done.output
    with site.engine.connect() as connection:
        assert people.find_user(connection, site.email("second")) is None
