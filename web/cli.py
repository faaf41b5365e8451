"""The command `formloom`. Each group of commands is one file in web/commands and one line in COMMANDS."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from runtime.start_errors import CannotStart

# Name of the command -> module:attribute. Imported only when used, so that each command starts fast.
COMMANDS = {
    "run": "web.commands.run:run",
    "init": "web.commands.init:init",
    "web": "web.commands.run:web",
    "worker": "web.commands.run:worker",
    "migrate": "web.commands.run:migrate",
    "import": "web.commands.import_:import_records",
    "export": "web.commands.export:export_records",
    "api-key": "web.commands.api_key:api_key",
    "app": "web.commands.app:app",
    "template": "web.commands.template:template",
    "doctor": "web.commands.doctor:doctor",
    "backup": "web.commands.backup:backup",
    "restore": "web.commands.backup:restore",
}


class LazyGroup(click.Group):
    """A group that imports a command only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="formloom")
def cli() -> None:
    """Formloom: forms, data and workflows for small firms."""


def main() -> None:
    """Run a command. What a person can mend ends with one line on standard error and code 2, never with a traceback."""
    try:
        cli()
    except CannotStart as error:
        click.echo(f"formloom: {error}", err=True)
        sys.exit(2)
