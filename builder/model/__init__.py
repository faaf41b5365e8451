"""What an app document is made of. Every class mirrors one JSON object of the document.

A property is a plain value, a tuple of items, a `Label`, or `Json`: data with a grammar of its own
(conditions, options of a registered type, values of a step) which that grammar's owner checks.
"""

from __future__ import annotations

from builder.model.app import App, MenuItem, Need
from builder.model.automations import Automation, Rung, Setting
from builder.model.base import Json, Options
from builder.model.dashboards import BoardFilter, Dashboard, FilterTable, Tile
from builder.model.entities import Entity, Extension, Field, Index, Rule
from builder.model.forms import FillRule, Form, FormItem, FormPage, RelatedList, RowColumn, RowTable, Section
from builder.model.pipelines import Pipeline, Stage, Transition
from builder.model.roles import Grant, Role
from builder.model.views import ColorRule, Column, View

__all__ = [
    "App",
    "Automation",
    "BoardFilter",
    "ColorRule",
    "Column",
    "Dashboard",
    "Entity",
    "Extension",
    "Field",
    "FillRule",
    "FilterTable",
    "Form",
    "FormItem",
    "FormPage",
    "Grant",
    "Index",
    "Json",
    "MenuItem",
    "Need",
    "Options",
    "Pipeline",
    "RelatedList",
    "Role",
    "RowColumn",
    "RowTable",
    "Rule",
    "Rung",
    "Section",
    "Setting",
    "Stage",
    "Tile",
    "Transition",
    "View",
]
