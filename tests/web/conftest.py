from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from runtime.platform.people import Attempt
from tests.web.site import Site, make_app, make_site


@pytest.fixture(scope="session")
def app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on this worker's database."""
    made = make_app(database_url, tmp_path_factory.mktemp("data"))
    yield made
    made.extensions["engine"].dispose()


@pytest.fixture(autouse=True)
def nobody_has_tried(engine: sa.Engine) -> None:
    """All tests come from one address; what they tried before must not count."""
    with engine.begin() as connection:
        connection.execute(sa.delete(Attempt))


@pytest.fixture
def site(app: Flask) -> Site:
    """A workspace of its own for each test; rows stay until the database is dropped after the run."""
    return make_site(app)


@pytest.fixture
def data_dir(app: Flask) -> Path:
    found: Path = app.config["SETTINGS"].data_dir
    return found
