"""The documented settings are the ones that exist, and the documented commands too."""

from __future__ import annotations

from pathlib import Path

from runtime.settings import VARIABLES, default_of
from web.cli import COMMANDS, cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operation.md"


def settings_table() -> str:
    """The table as it must stand in the page."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for variable in VARIABLES:
        default = default_of(variable)
        shown = {True: "yes", False: "no"}[default] if isinstance(default, bool) else default
        rows.append(f"| `{variable.name}` | {'' if shown in (None, '') else f'`{shown}`'} | {variable.meaning} |")
    return "\n".join(rows)


def test_the_settings_in_the_page_are_the_settings_that_exist() -> None:
    assert settings_table() in PAGE.read_text(), f"put this table into {PAGE.name}:\n{settings_table()}"


def test_every_command_can_be_loaded_and_says_what_it_does() -> None:
    import click

    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.help or command.callback.__doc__, name
