"""The settings of a site: every variable, its good and bad values."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from runtime import data_folder, setup_token
from runtime.settings import VARIABLES, Settings, SettingsError, load_settings
from tests.infra.site_process import run_command

GOOD = [
    ("DATABASE_URL", "postgres://u:p@h:5433/d", "postgresql+psycopg://u:p@h:5433/d"),
    ("DATABASE_URL", "postgresql:///d?host=/run/pg", "postgresql+psycopg:///d?host=%2Frun%2Fpg"),
    ("REDIS_URL", "rediss://h:6380/1", "rediss://h:6380/1"),
    ("FORMLOOM_DATA_DIR", "/srv/formloom", Path("/srv/formloom")),
    ("FORMLOOM_BASE_URL", "https://forms.example.com/", "https://forms.example.com"),
    ("FORMLOOM_SECRET_KEY", "k" * 32, "k" * 32),
    ("FORMLOOM_TRUSTED_PROXIES", "1", 1),
    ("HOST", "::1", "::1"),
    ("PORT", "65535", 65535),
    ("WEB_WORKERS", "4", 4),
    ("WEB_THREADS", "8", 8),
    ("WORKER_THREADS", "2", 2),
    ("DATABASE_POOL", "20", 20),
    ("SMTP_PORT", "25", 25),
    ("SMTP_USER", "robot", "robot"),
    ("SMTP_PASSWORD", "p w", "p w"),
    ("SMTP_FROM", "云帆 <forms@example.com>", "云帆 <forms@example.com>"),
    ("SMTP_STARTTLS", "off", False),
    ("FORMLOOM_UPLOAD_LIMIT_MIB", "10", 10),
    ("FORMLOOM_API_RATE", "50", 50),
    ("FORMLOOM_ALLOW_PRIVATE_NETWORK", "Yes", True),
    ("LOG_LEVEL", "DEBUG", "debug"),
    ("LOG_FORMAT", "json", "json"),
]
BAD = [
    ("DATABASE_URL", "mysql://h/d"),
    ("DATABASE_URL", "postgresql://h"),
    ("DATABASE_URL", "nonsense"),
    ("REDIS_URL", "http://h"),
    ("FORMLOOM_DATA_DIR", __file__),
    ("FORMLOOM_BASE_URL", "forms.example.com"),
    ("FORMLOOM_BASE_URL", "https://h:99999"),
    ("FORMLOOM_SECRET_KEY", "short"),
    ("FORMLOOM_TRUSTED_PROXIES", "-1"),
    ("HOST", "a b"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "٣"),
    ("PORT", "80.5"),
    ("WEB_WORKERS", "0"),
    ("WEB_THREADS", "many"),
    ("WORKER_THREADS", "1000"),
    ("DATABASE_POOL", "0"),
    ("SMTP_HOST", "http://mail"),
    ("SMTP_PORT", "smtp"),
    ("SMTP_FROM", "nobody"),
    ("SMTP_FROM", "a@b\nBcc: c@d"),
    ("SMTP_STARTTLS", "maybe"),
    ("FORMLOOM_UPLOAD_LIMIT_MIB", "0"),
    ("FORMLOOM_API_RATE", "fast"),
    ("FORMLOOM_ALLOW_PRIVATE_NETWORK", "2"),
    ("LOG_LEVEL", "loud"),
    ("LOG_FORMAT", "xml"),
]


@pytest.mark.parametrize(("name", "raw", "expected"), GOOD)
def test_good_values(name: str, raw: str, expected: object) -> None:
    variable = next(each for each in VARIABLES if each.name == name)
    assert getattr(load_settings({name: raw}), variable.attribute) == expected


@pytest.mark.parametrize(("name", "raw"), BAD)
def test_bad_values_are_one_line_that_names_the_variable(name: str, raw: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({name: raw})
    assert str(error.value).startswith(f"{name} must be ")
    assert "\n" not in str(error.value)


def test_every_setting_has_a_variable_and_a_default() -> None:
    assert {each.attribute for each in VARIABLES} == {each.name for each in fields(Settings)}
    assert load_settings({}).port == 8000


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings({"PORT": "", "REDIS_URL": " "}) == load_settings({})


def test_mail_needs_a_sender() -> None:
    with pytest.raises(SettingsError, match="SMTP_FROM"):
        load_settings({"SMTP_HOST": "mail.example.com"})


def test_secrets_are_not_shown() -> None:
    given = {"FORMLOOM_SECRET_KEY": "k" * 40, "SMTP_PASSWORD": "hush-hush", "DATABASE_URL": "postgresql://u:hush@h/d"}
    shown = repr(load_settings(given))
    assert "hush" not in shown
    assert "k" * 40 not in shown


def test_a_wrong_url_with_a_password_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({"DATABASE_URL": "mysql://u:hush@h/d"})
    assert "hush" not in str(error.value)


def test_the_command_ends_with_one_line_and_code_2(tmp_path: Path) -> None:
    result = run_command(tmp_path, "run", PORT="abc")
    assert result.returncode == 2
    assert result.stderr == "formloom: PORT must be a whole number from 1 to 65535, not 'abc'\n"


def test_the_secret_key_is_made_once(tmp_path: Path) -> None:
    first = data_folder.prepare(Settings(data_dir=tmp_path / "data"))
    second = data_folder.prepare(Settings(data_dir=tmp_path / "data"))
    assert len(first.secret_key) >= 32
    assert first.secret_key == second.secret_key


def test_a_set_up_token_works_once(tmp_path: Path) -> None:
    token = setup_token.issue(tmp_path)
    assert not setup_token.verify(tmp_path, token + "x")
    assert setup_token.verify(tmp_path, token)
    assert setup_token.consume(tmp_path, token)
    assert not setup_token.consume(tmp_path, token)
    assert not setup_token.verify(tmp_path, token)


def test_a_new_token_replaces_the_old_one(tmp_path: Path) -> None:
    old, new = setup_token.issue(tmp_path), setup_token.issue(tmp_path)
    assert not setup_token.verify(tmp_path, old)
    assert setup_token.verify(tmp_path, new)
    setup_token.revoke(tmp_path)
    assert not setup_token.verify(tmp_path, new)
