"""`formloom import` against the test database."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from tests.everything_app import directory_app, studio_app
from tests.web.site import Site, make_site
from web.cli import cli


@pytest.fixture
def command_site(app: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FORMLOOM_DATA_DIR", str(tmp_path / "data"))
    site = make_site(app)
    site.install(directory_app(), studio_app())
    return site


def run(site: Site, file: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["import", "directory.company", str(file), "--workspace", site.workspace.key, *options])


def count(site: Site) -> int:
    with site.engine.connect() as connection:
        return int(connection.scalar(sa.text(f'SELECT count(*) FROM "ws_{site.workspace.key}".directory__company')) or 0)


def test_import_from_the_shell(command_site: Site, tmp_path: Path) -> None:
    file = tmp_path / "companies.csv"
    file.write_text("名称,城市\n云帆,上海\n,北京\n天工,深圳\n", encoding="gbk")
    checked = run(command_site, file, "--dry-run")
    assert (checked.exit_code, count(command_site)) == (1, 0), checked.output
    assert "2 would be created, 0 would be updated, 0 unchanged, 1 refused" in checked.output
    assert "row 3, 名称: Please fill this in." in checked.output
    done = run(command_site, file, "--mapping", '{"城市": null}')
    assert "2 created, 0 updated, 0 unchanged, 1 refused" in done.output
    assert count(command_site) == 2
    again = run(command_site, file, "--mode", "upsert", "--key", "name")
    assert "0 created, 2 updated, 0 unchanged, 1 refused" in again.output


def test_what_cannot_be_imported(command_site: Site, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Name,City\na,b\n")
    runner = CliRunner()
    base = ["import", "directory.nothing", str(file), "--workspace", command_site.workspace.key]
    assert "There is no such entity." in runner.invoke(cli, base).output
    assert runner.invoke(cli, [*base, "--email", "nobody@example.com"]).exit_code == 2
    assert run(command_site, file, "--mapping", "{").exit_code == 2
    assert "mapping" in run(command_site, file, "--mapping", '{"Where": "city"}').output
    file.write_bytes(b"%PDF-1.7")
    assert "cannot be read" in run(command_site, file).output
