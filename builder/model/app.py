"""The app document itself and its menu."""

from __future__ import annotations

from dataclasses import dataclass

from builder.label import Label
from builder.model.automations import Automation
from builder.model.dashboards import Dashboard
from builder.model.entities import Entity, Extension
from builder.model.forms import Form
from builder.model.pipelines import Pipeline
from builder.model.roles import Role
from builder.model.views import View


@dataclass(frozen=True)
class MenuItem:
    key: str
    label: Label = Label()
    icon: str = ""
    entity: str = ""
    view: str = ""
    dashboard: str = ""
    items: tuple[MenuItem, ...] = ()


@dataclass(frozen=True)
class Need:
    app: str
    version: str = ""


@dataclass(frozen=True)
class App:
    key: str
    format: int = 1
    version: str = "0.1.0"
    label: Label = Label()
    description: Label = Label()
    icon: str = "apps"
    color: str = "blue"
    needs: tuple[Need, ...] = ()
    entities: tuple[Entity, ...] = ()
    extends: tuple[Extension, ...] = ()
    forms: tuple[Form, ...] = ()
    views: tuple[View, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    automations: tuple[Automation, ...] = ()
    roles: tuple[Role, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()
    menu: tuple[MenuItem, ...] = ()
    home: tuple[str, ...] = ()
    """Dashboards that people see first when none of their roles says another."""
