"""The macros of templates/components as one object `ui` that every template and every part of one can use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import Environment

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "components"


class Components:
    """`ui.button(…)` is the macro `button` of whichever file in templates/components has it."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._found: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._found or self._environment.auto_reload:
            self._read()
        if name not in self._found:
            raise AttributeError(f"there is no component {name}")
        return self._found[name]

    def _read(self) -> None:
        for path in sorted(FOLDER.glob("*.html")):
            module = self._environment.get_template(f"components/{path.name}").module
            self._found |= {key: value for key, value in vars(module).items() if not key.startswith("_") and callable(value)}


def init_app(app: Flask) -> None:
    """Give the templates `ui`."""
    app.jinja_env.globals["ui"] = Components(app.jinja_env)
