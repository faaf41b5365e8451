"""`formloom doctor`."""

from __future__ import annotations

import sys

import click

from runtime import data_folder
from runtime.logs import configure_logs
from runtime.settings import load_settings
from web.doctor import examine

MARKS = {"ok": "ok      ", "warning": "warning ", "problem": "PROBLEM "}


@click.command()
def doctor() -> None:
    """Say what is wrong with this site and what to do. The exit code is 1 if there is a problem."""
    settings = data_folder.prepare(load_settings())
    configure_logs(settings, "doctor")
    problems = 0
    for finding in examine(settings):
        problems += finding.level == "problem"
        click.echo(MARKS[finding.level] + finding.what)
        if finding.advice:
            click.echo(f"         what to do: {finding.advice}")
    click.echo(f"{problems} problem(s)." if problems else "No problems.")
    sys.exit(1 if problems else 0)
