"""A plan in the shell: one line for each consequence, like a list of changes."""

from __future__ import annotations

from collections.abc import Iterable

import click

from builder.merge import MergeConflict
from runtime.schema_plan import Plan

_MARKS = {"added": "+", "removed": "-", "changed": "~", "moved": "~", "converted": "~"}


def show_plan(plan: Plan, conflicts: Iterable[MergeConflict] = ()) -> None:
    """Prints the plan; problems go to standard error."""
    for item in plan.items:
        mark = "!" if item.loses else _MARKS[item.kind]
        text = item.message.format_map(dict(item.params)) if item.message else ""
        click.echo(f"{mark} {item.path}" + (f": {text}" if text else ""))
        for place in item.used_by:
            click.echo(f"    used by {place}")
    for each in conflicts:
        click.echo(f"? {each.path}: changed here and upstream; {each.chosen} is kept")
    for problem in plan.problems:
        click.echo(f"{problem.path}: {problem.text}", err=True)
    if not plan.items and not plan.problems:
        click.echo("Nothing to do.")
    if plan.losses:
        click.echo(f"Values would be lost. To do it all the same: --accept-loss {plan.token}")
