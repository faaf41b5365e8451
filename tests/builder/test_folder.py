"""An app as a folder of files: nothing is lost, the bytes are always the same, and mistakes name their file."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from builder.folder import SECTIONS, FolderError, read_folder, write_folder
from templates_library import loader
from tests.everything_app import everything

DOCUMENTS = {**everything(), **{key: loader.read(key).app for key in loader.names()}}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same JSON with the properties of its objects in another order, as a database may give it back."""
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name], chance) for name in names}
    return [shuffled(each, chance) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("key", DOCUMENTS)
def test_there_and_back_is_the_same_document(key: str, tmp_path: Path) -> None:
    write_folder(DOCUMENTS[key], tmp_path)
    assert read_folder(tmp_path) == DOCUMENTS[key]
    first = contents(tmp_path)
    write_folder(read_folder(tmp_path), tmp_path)
    assert contents(tmp_path) == first


@pytest.mark.parametrize("key", DOCUMENTS)
def test_the_order_of_properties_does_not_change_a_byte(key: str, tmp_path: Path) -> None:
    write_folder(DOCUMENTS[key], tmp_path / "one")
    write_folder(shuffled(DOCUMENTS[key], random.Random(7)), tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize("key", loader.names())
def test_bundled_templates_are_stored_as_they_would_be_written(key: str, tmp_path: Path) -> None:
    write_folder(loader.read(key).app, tmp_path)
    stored = contents(Path(loader.__file__).parent / key)
    for name, content in contents(tmp_path).items():
        assert stored[name] == content, name
    extra = {name for name in stored if name.partition("/")[0] in SECTIONS} - set(contents(tmp_path))
    assert extra == set()


def small() -> dict[str, Any]:
    entities = [{"key": "b", "label": "B"}, {"key": "a", "label": "A"}]
    return {"format": 1, "key": "small", "entities": entities, "menu": [{"key": "b", "entity": "b"}]}


def test_items_keep_their_order_and_removed_ones_lose_their_file(tmp_path: Path) -> None:
    write_folder(small(), tmp_path)
    (tmp_path / "README.md").write_text("kept")
    assert [each["key"] for each in read_folder(tmp_path)["entities"]] == ["b", "a"]
    write_folder({"format": 1, "key": "small", "entities": [{"key": "a", "label": "A"}]}, tmp_path)
    assert set(contents(tmp_path)) == {"app.json", "README.md", "entities/a.json"}
    write_folder({"format": 1, "key": "small"}, tmp_path)
    assert set(contents(tmp_path)) == {"app.json", "README.md"}


def test_a_file_that_is_not_listed_is_appended_and_whole_items_may_stand_in_the_head(tmp_path: Path) -> None:
    write_folder(small(), tmp_path)
    (tmp_path / "entities" / "aa.json").write_text('{"key": "aa"}')
    head = json.loads((tmp_path / "app.json").read_text())
    head["views"] = [{"key": "all", "entity": "a"}]
    (tmp_path / "app.json").write_text(json.dumps(head))
    document = read_folder(tmp_path)
    assert [each["key"] for each in document["entities"]] == ["b", "a", "aa"]
    assert document["views"] == [{"key": "all", "entity": "a"}]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("app.json", None, "app.json"),
        ("app.json", "{", "app.json"),
        ("app.json", "[]", "app.json"),
        ("app.json", '{"key": "small", "entities": ["ghost"]}', "entities/ghost.json"),
        ("app.json", '{"key": "small", "entities": {}}', "entities"),
        ("entities/a.json", '{"key": "other"}', "entities/a.json"),
        ("entities/a.json", "7", "entities/a.json"),
        ("entities/a.json", b"\xff\xfe", "a.json"),
        ("menu.json", "nope", "menu.json"),
    ],
)
def test_mistakes_name_the_file(name: str, text: str | bytes | None, told: str, tmp_path: Path) -> None:
    write_folder(small(), tmp_path)
    file = tmp_path / name
    if text is None:
        file.unlink()
    else:
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(FolderError, match=told):
        read_folder(tmp_path)


def test_a_key_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FolderError):
        write_folder({"key": "x", "entities": [{"key": "../../evil"}]}, tmp_path / "app")
    assert not (tmp_path.parent / "evil.json").exists()
