"""`formloom app` and `formloom template` against the test database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from runtime.schema_drift import drift
from tests.everything_app import directory_app, studio_app
from tests.factories import Place
from tests.web.site import Site, make_site
from web.cli import cli


@pytest.fixture
def command_site(app: Flask, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FORMLOOM_DATA_DIR", str(tmp_path / "data"))
    site = make_site(app)
    site.member("admin", admin=True)
    return site


def run(site: Site, *arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--workspace", site.workspace.key])


def versions(site: Site) -> dict[str, int]:
    with site.engine.connect() as connection:
        ctx = Place(site.workspace, site.people["admin"]).context(connection)
        assert drift(ctx) == []
        return dict(ctx.catalog.versions)


def test_export_then_apply_is_nothing_and_an_edited_file_is_one_version(command_site: Site, tmp_path: Path) -> None:
    command_site.install(directory_app(), studio_app())
    folder = tmp_path / "studio"
    assert run(command_site, "app", "export", "studio", "-o", str(folder)).exit_code == 0
    first = {file.name: file.read_bytes() for file in folder.rglob("*.json")}
    same = run(command_site, "app", "apply", str(folder))
    assert (same.exit_code, "Nothing to do." in same.output) == (0, True)
    assert versions(command_site) == {"directory": 1, "studio": 1}
    tag = folder / "entities" / "tag.json"
    changed = json.loads(tag.read_text())
    changed["fields"].append({"key": "color", "type": "text"})
    tag.write_text(json.dumps(changed))
    planned = run(command_site, "app", "apply", str(folder), "--plan")
    assert "+ studio/entities/tag/fields/color" in planned.output
    assert versions(command_site)["studio"] == 1
    done = run(command_site, "app", "apply", str(folder), "--note", "Color")
    assert "studio is at version 2." in done.output, done.output
    assert versions(command_site)["studio"] == 2
    run(command_site, "app", "export", "studio", "-o", str(folder))
    again = {file.name: file.read_bytes() for file in folder.rglob("*.json")}
    assert {name for name in again if again[name] != first.get(name)} == {"tag.json"}


def test_losses_need_the_token_and_problems_are_all_told(command_site: Site, tmp_path: Path) -> None:
    command_site.install(directory_app())
    with command_site.engine.begin() as connection:
        connection.execute(
            sa.text(f"INSERT INTO \"ws_{command_site.workspace.key}\".directory__company (name, city) VALUES ('A', 'B')")
        )
    folder = tmp_path / "directory"
    run(command_site, "app", "export", "directory", "-o", str(folder))
    company = folder / "entities" / "company.json"
    document = json.loads(company.read_text())
    document["fields"] = [each for each in document["fields"] if each["key"] != "city"]
    company.write_text(json.dumps(document))
    broken = run(command_site, "app", "apply", str(folder))
    assert broken.exit_code == 1
    assert "directory/views/companies" in broken.output
    view = folder / "views" / "companies.json"
    view.write_text(json.dumps({**json.loads(view.read_text()), "columns": [{"key": "name"}]}))
    refused = run(command_site, "app", "apply", str(folder))
    assert refused.exit_code == 1
    assert "! directory/entities/company/fields/city" in refused.output
    token = refused.output.split("--accept-loss ")[1].split()[0]
    assert run(command_site, "app", "apply", str(folder), "--accept-loss", token).exit_code == 0
    assert versions(command_site) == {"directory": 2}


def test_what_is_not_there(command_site: Site, tmp_path: Path) -> None:
    assert "There is no app nothing" in run(command_site, "app", "export", "nothing", "-o", str(tmp_path)).output
    assert "app.json: no such file" in run(command_site, "app", "apply", str(tmp_path)).output
    assert "There is no template nothing" in run(command_site, "template", "install", "nothing").output
    assert run(command_site, "template", "plan", "nothing").exit_code == 2


def test_templates_from_the_shell(command_site: Site, tmp_path: Path) -> None:
    listed = CliRunner().invoke(cli, ["template", "list", "--language", "zh-Hans"])
    assert listed.output.index("customers\t") < listed.output.index("crm\t")
    planned = run(command_site, "template", "plan", "customers")
    assert planned.output.startswith("+ customers")
    assert versions(command_site) == {}
    done = run(command_site, "template", "install", "customers", "--sample-data")
    assert (done.exit_code, "sample records" in done.output) == (0, True), done.output
    assert "installed already" in run(command_site, "template", "install", "customers").output
    assert "Nothing to do." in run(command_site, "template", "plan", "customers").output
    assert run(command_site, "template", "upgrade", "customers").exit_code == 0
    assert versions(command_site) == {"customers": 1}
    assert "There is no such thing." in run(command_site, "template", "upgrade", "crm").output
