"""The very first visit, on a database without anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, make_url, text

from runtime import catalog, people, setup_token
from tests.browser.conftest import check_accessible, shot
from tests.conftest import migrate
from tests.web.site import make_app


@pytest.fixture(scope="module")
def empty_app(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on a database of its own, migrated and empty."""
    folder: Path = tmp_path_factory.mktemp("first")
    name = f"formloom_first_{folder.parent.name}_{folder.name}".replace("-", "_")
    maintenance = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with maintenance.connect() as connection:
        connection.execute(text(f"CREATE DATABASE \"{name}\" TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"))
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    migrate(url)
    app = make_app(url, folder)
    # What is cached by ids belongs to the other database of this process.
    _forget()
    yield app
    _forget()
    app.extensions["engine"].dispose()
    with maintenance.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    maintenance.dispose()


def _forget() -> None:
    people.forget_actors()
    catalog.forget()


def test_from_the_link_to_a_working_app(empty_app: Flask, serve: Callable[[Flask], str], page: Page) -> None:
    url = serve(empty_app)
    page.goto(url)
    expect(page.get_by_role("heading", name="This site has not been set up yet")).to_be_visible()
    token = setup_token.issue(empty_app.config["SETTINGS"].data_dir)
    page.goto(f"{url}/setup/{token}")
    check_accessible(page)
    shot(page, "setup")
    expect(page.locator("select[name=zone]")).to_have_value("Asia/Shanghai")
    page.get_by_role("button", name="简体中文").click()
    shot(page, "setup")
    page.get_by_role("button", name="English").click()
    page.get_by_label("Name of your organisation").fill("Yunfan Trading")
    page.get_by_label("Your name").fill("Li Lei")
    page.get_by_label("Your e-mail").fill("li@example.com")
    page.get_by_label("Password").fill("12345678")
    page.get_by_text("An empty workspace").click()
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_text("among the first that others would try")).to_be_visible()
    expect(page.get_by_label("Name of your organisation")).to_have_value("Yunfan Trading")
    page.get_by_label("Password").fill("correct horse 1")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="Hello, Li Lei")).to_be_visible()
    expect(page.get_by_text("Everything is ready")).to_be_visible()
    page.goto(f"{url}/setup/{token}")
    expect(page.get_by_role("heading", name="We cannot find this page")).to_be_visible()
