"""One function for each act that a designer can do: a hand over a document -> the act.

A new act of `builder.acts.ACTS` needs one line here and a function of a few lines beside those of its kind. It may raise
NothingToDo (most helpers of `Hand` do) when the document has nothing to do it to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.properties.generators import automations, dashboards, entities, forms, items, looks
from tests.properties.hand import Act, Hand

GENERATORS: Mapping[str, Callable[[Hand], Act]] = {
    "add": items.add,
    "set": items.set_value,
    "remove": items.remove,
    "move": items.move,
    "new_item": items.new_item,
    "copy_item": items.copy_item,
    "place": items.place,
    "new_entity": entities.new_entity,
    "copy_entity": entities.copy_entity,
    "remove_entity": entities.remove_entity,
    "new_field": entities.new_field,
    "change_type": entities.change_type,
    "new_extension": entities.new_extension,
    "new_index": entities.new_index,
    "widen_index": entities.widen_index,
    "new_table_rule": entities.new_table_rule,
    "copy_field": entities.copy_field,
    "remove_field": entities.remove_field,
    "new_automation": automations.new_automation,
    "set_trigger": automations.set_trigger,
    "new_rung": automations.new_rung,
    "make_setting": automations.make_setting,
    "rename_setting": automations.rename_setting,
    "new_step": automations.new_step,
    "copy_step": automations.copy_step,
    "new_view": looks.new_view,
    "remove_view": looks.remove_view,
    "new_column": looks.new_column,
    "set_sort": looks.set_sort,
    "set_view_type": looks.set_view_type,
    "new_pipeline": looks.new_pipeline,
    "new_stage": looks.new_stage,
    "use_choice": looks.use_choice,
    "remove_stage": looks.remove_stage,
    "new_transition": looks.new_transition,
    "new_role": looks.new_role,
    "set_right": looks.set_right,
    "set_rule": looks.set_rule,
    "set_mask": looks.set_mask,
    "new_dashboard": dashboards.new_dashboard,
    "copy_dashboard": dashboards.copy_dashboard,
    "remove_dashboard": dashboards.remove_dashboard,
    "new_tile": dashboards.new_tile,
    "copy_tile": dashboards.copy_tile,
    "remove_tile": dashboards.remove_tile,
    "place_tile": dashboards.place_tile,
    "nudge_tile": dashboards.nudge_tile,
    "set_tile_type": dashboards.set_tile_type,
    "set_tile_entity": dashboards.set_tile_entity,
    "set_measure": dashboards.set_measure,
    "set_group": dashboards.set_group,
    "set_compare": dashboards.set_compare,
    "set_tile_column": dashboards.set_tile_column,
    "set_home": dashboards.set_home,
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
    "remove_card_field": looks.remove_card_field,
    "set_level": looks.set_level,
    "new_stage_automation": looks.new_stage_automation,
}
"""Act -> who makes one up. Also of the operations of `builder/operations.py`, which are acts too."""
