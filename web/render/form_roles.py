"""Which form of an entity is for whom: the first one whose roles fit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from builder.model import Form
from runtime import access
from runtime.context import Context
from runtime.tables import EntityDef
from web.i18n import current_language
from web.render.record_form import form_with_app


@dataclass(frozen=True)
class RoleForm:
    """What a role gets. role: `app.role`; form: empty when there is none and all fields are shown."""

    role: str
    label: str
    app: str
    form: str
    form_label: str


def as_role(ctx: Context, role: str) -> Context:
    """The context of somebody who has this role alone."""
    return ctx.acting(replace(ctx.actor, is_admin=False, roles=(role,), grants=()))


def who_gets_what(ctx: Context, entity: EntityDef) -> list[RoleForm]:
    """The form of each role that may open records of the entity."""
    found = []
    language = current_language()
    for name, role in ctx.catalog.roles().items():
        seen = as_role(ctx, name)
        rights = access.rights(seen, entity)
        if not rights.may_read and not rights.may_create:
            continue
        app, form = form_with_app(seen, entity)
        declared = _is_declared(ctx, entity, form)
        label = form.label.in_language(language) or form.key if declared else ""
        key = form.key if declared else ""
        found.append(RoleForm(name, role.label.in_language(language) or role.key, app, key, label))
    return found


def _is_declared(ctx: Context, entity: EntityDef, form: Form) -> bool:
    return any(each is form for _, each in ctx.catalog.forms_of(entity.name))
