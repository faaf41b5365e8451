"""The embedded server: locale, roles, clean-up."""

from __future__ import annotations

from sqlalchemy import Engine, text


def test_database_knows_letters_beyond_ascii(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT lower('ÄÉ')")) == "äé"


def test_trigrams_see_chinese(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        assert connection.scalar(text("SELECT cardinality(show_trgm('云帆科技'))")) == 5
