"""What a person does in a designer, as operations on the document: one function for each act, one line here.

An act is a JSON object with `op`. Those of `builder/operations.py` are acts too; the others find a free key, take along
what belongs to a thing, or clear up behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.acts import (
    automations,
    board_filters,
    dashboards,
    entities,
    fields,
    forms,
    items,
    pipelines,
    roles,
    steps,
    tables,
    tile_parts,
    tiles,
    views,
)
from builder.acts.base import Act, BadAct, Document, Done
from builder.operations import BadOperation, apply_operations

ACTS: Mapping[str, Callable[[Document, Act, Document], Done]] = {
    "set": items.set_value,
    "new_item": items.new_item,
    "copy_item": items.copy_item,
    "place": views.place_in_view,
    "new_entity": entities.new_entity,
    "copy_entity": entities.copy_entity,
    "remove_entity": entities.remove_entity,
    "new_field": fields.new_field,
    "new_table_rule": tables.new_table_rule,
    "new_index": tables.new_index,
    "widen_index": tables.widen_index,
    "change_type": tables.change_type,
    "new_extension": tables.new_extension,
    "copy_field": fields.copy_field,
    "remove_field": fields.remove_field,
    "copy_form": forms.copy_form,
    "new_form_page": forms.new_form_page,
    "place_page": forms.place_page,
    "remove_form_page": forms.remove_form_page,
    "place_section": forms.place_section,
    "new_rows": forms.new_rows,
    "add_column": forms.add_column,
    "add_word": forms.add_word,
    "place_word": forms.place_word,
    "drop_word": forms.drop_word,
    "new_automation": automations.new_automation,
    "new_stage_automation": automations.new_stage_automation,
    "set_trigger": automations.set_trigger,
    "new_rung": automations.new_rung,
    "rename_setting": automations.rename_setting,
    "make_setting": automations.make_setting,
    "new_step": steps.new_step,
    "copy_step": steps.copy_step,
    "new_view": views.new_view,
    "remove_view": views.remove_view,
    "new_column": views.new_column,
    "remove_card_field": views.remove_card_field,
    "set_sort": views.set_sort,
    "set_view_type": views.set_view_type,
    "new_pipeline": pipelines.new_pipeline,
    "new_stage": pipelines.new_stage,
    "use_choice": pipelines.use_choice,
    "remove_stage": pipelines.remove_stage,
    "new_transition": pipelines.new_transition,
    "new_role": roles.new_role,
    "set_right": roles.set_right,
    "set_level": roles.set_level,
    "set_rule": roles.set_rule,
    "set_mask": roles.set_mask,
    "new_dashboard": dashboards.new_dashboard,
    "copy_dashboard": dashboards.copy_dashboard,
    "remove_dashboard": dashboards.remove_dashboard,
    "place_tile": tiles.place_tile,
    "nudge_tile": tiles.nudge_tile,
    "copy_tile": tiles.copy_tile,
    "remove_tile": tiles.remove_tile,
    "set_measure": tile_parts.set_measure,
    "set_group": tile_parts.set_group,
    "set_compare": tile_parts.set_compare,
    "set_tile_column": tile_parts.set_tile_column,
    "set_home": tile_parts.set_home,
    "set_filter_start": board_filters.set_filter_start,
}
# The same for acts that have to know the tables of other apps: with all documents by key.
ACTS_AMONG_APPS: Mapping[str, Callable[[Document, Act, Document, Mapping[str, Document]], Done]] = {
    "new_tile": tiles.new_tile,
    "set_tile_type": tiles.set_tile_type,
    "set_tile_entity": tiles.set_tile_entity,
    "new_board_filter": board_filters.new_board_filter,
    "set_filter_field": board_filters.set_filter_field,
}


@dataclass(frozen=True)
class Outcome:
    """A document after some acts. made: path of the last thing that was made. renamed: old path -> new path. told: see Done."""

    document: dict[str, Any]
    made: str = ""
    renamed: Mapping[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()


def perform(
    document: Document,
    acts: Iterable[Act],
    published: Document | None = None,
    others: Mapping[str, Document] | None = None,
) -> Outcome:
    """All acts, one after the other. `published`: what is in force; keys in it never change. `others`: documents of the other
    apps by key. Raises BadOperation."""
    result, made = dict(document), ""
    renamed: dict[str, str] = {}
    told: tuple[str, ...] = ()
    for number, act in enumerate(acts):
        try:
            done = _done(result, act, published or {}, others or {})
        except BadAct as error:
            raise BadOperation(number, str(act.get("path", "")), str(error)) from None
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise BadOperation(number, str(act.get("path", "")), f"does not fit: {error}") from None
        result = apply_operations(result, done.operations)
        made = done.made or made
        renamed |= done.renamed
        told += done.told
    return Outcome(result, made, renamed, told)


def _done(document: Document, act: Act, published: Document, others: Mapping[str, Document]) -> Done:
    name = str(act.get("op"))
    if name in ACTS_AMONG_APPS:
        return ACTS_AMONG_APPS[name](document, act, published, others)
    return ACTS[name](document, act, published) if name in ACTS else Done([act])


__all__ = ["ACTS", "ACTS_AMONG_APPS", "Act", "BadAct", "Done", "Outcome", "perform"]
