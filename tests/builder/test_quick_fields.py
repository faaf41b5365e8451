"""Fields from a few lines of text."""

from __future__ import annotations

from builder.acts import perform
from builder.quick_fields import read_fields

TYPES = {
    "money": "currency",
    "date": "date",
    "choice": "select",
    "单选": "select",
    "formula": "formula",
    "number in a series": "auto_number",
}
TITLE = {"en": "Name"}


def read(text: str, language: str = "en", **entities: str) -> list[tuple[str, str]]:
    return [(each["key"], each["type"]) for each in read_fields(text, language, TYPES, entities, TITLE)]


def test_kinds_are_guessed_or_said() -> None:
    found = read(
        "Name\nSerial no\n- Value\n\nBought: Date\nPrice : money\nEquipment\nKept in: room\n", equipment="equipment", room="place"
    )
    assert found == [
        ("name", "text"),
        ("serial_no", "text"),
        ("value", "currency"),
        ("bought", "date"),
        ("price", "currency"),
        ("equipment", "relation"),
        ("kept_in", "relation"),
    ]


def test_what_is_no_type_is_a_list_of_choices() -> None:
    state = read_fields("Name\nState: In store, Lent; Broken", "en", TYPES, {}, TITLE)[1]
    assert state["type"] == "select"
    assert [(each["key"], each["label"]["en"]) for each in state["options"]["choices"]] == [
        ("in_store", "In store"),
        ("lent", "Lent"),
        ("broken", "Broken"),
    ]
    assert len({each["color"] for each in state["options"]["choices"]}) == 3


def test_chinese() -> None:
    found = read_fields("名称\n类别：笔记本、相机\n价值\n归还日期\n备注", "zh-Hans", TYPES, {}, TITLE)
    assert [each["type"] for each in found] == ["text", "select", "currency", "date", "long_text"]
    assert [each["key"] for each in found] == ["field_1", "field_2", "field_3", "field_4", "field_5"]
    assert [each["label"]["zh-Hans"] for each in found[1]["options"]["choices"]] == ["笔记本", "相机"]


def test_records_have_a_name_and_keys_are_free() -> None:
    assert read("Value\nValue\nid") == [("name", "text"), ("value", "currency"), ("value_2", "currency"), ("id_2", "text")]
    assert read("No: Number in a series\nDate") == [("no", "auto_number"), ("date", "date")]


def test_a_formula_names_fields_by_their_labels_and_knows_its_result() -> None:
    days = read_fields("名称\n借出：日期\n归还：日期\n天数：= {归还} - {借出}", "zh-Hans", {"日期": "date"}, {}, TITLE)[-1]
    assert (days["type"], days["options"]) == ("formula", {"expression": "{field_3} - {field_2}", "result": "number"})
    assert read_fields('Name\nLoud: = {Name} & "!"', "en", TYPES, {}, TITLE)[-1]["options"]["result"] == "text"


def test_the_result_follows_the_formula_that_is_set() -> None:
    fields = [{"key": "on", "type": "date"}, {"key": "due", "type": "formula", "options": {"expression": '""'}}]
    document = {"entities": [{"key": "loan", "fields": fields}]}
    path = "entities/loan/fields/due/options/expression"
    options = perform(document, [{"op": "set", "path": path, "value": "{on} + 14"}]).document["entities"][0]["fields"][1][
        "options"
    ]
    assert options == {"expression": "{on} + 14", "result": "date"}
    again = perform(document, [{"op": "set", "path": path, "value": "{nothing} + 14"}]).document
    assert "result" not in again["entities"][0]["fields"][1]["options"]
