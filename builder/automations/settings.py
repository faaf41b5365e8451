"""`{"setting": key}` stands for a value that ops people may change; here it is looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.model import Automation, Setting


def setting_values(automation: Automation, changed: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each setting: the changed one, else the document's default."""
    return {each.key: changed.get(each.key, each.default) for each in automation.settings}


def resolve(data: Any, values: Mapping[str, Any]) -> Any:
    """The same JSON with every `{"setting": key}` replaced. KeyError for a setting that there is not.

    In a list, a setting that holds a list is spread out: `["owner", {"setting": "people"}]` is one flat list.
    """
    if is_setting(data):
        return values[data["setting"]]
    if isinstance(data, Mapping):
        return {key: resolve(value, values) for key, value in data.items()}
    if isinstance(data, list | tuple):
        found: list[Any] = []
        for item in data:
            value = resolve(item, values)
            found.extend(value) if is_setting(item) and isinstance(value, list | tuple) else found.append(value)
        return found
    return data


def is_setting(data: Any) -> bool:
    """Whether this JSON stands for the value of a setting."""
    return isinstance(data, Mapping) and set(data) == {"setting"} and isinstance(data["setting"], str)


def used_settings(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(slash path, key) of every use of a setting."""
    if is_setting(data):
        yield path, data["setting"]
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from used_settings(value, f"{path}/{key}" if path else str(key))
    elif isinstance(data, list | tuple):
        for number, value in enumerate(data):
            yield from used_settings(value, f"{path}/{number}" if path else str(number))


def setting_problem(setting: Setting, value: Any) -> str:
    """Why this is no value for the setting, as an English sentence; empty when it is one."""
    from builder.automations.durations import parse_duration

    if value is None:
        return ""
    keys = [each.get("key") for each in setting.choices or ()]
    fits = {
        "duration": lambda: parse_duration(value) is not None,
        "number": lambda: isinstance(value, int | float) and not isinstance(value, bool),
        "text": lambda: isinstance(value, str),
        "boolean": lambda: isinstance(value, bool),
        "people": lambda: isinstance(value, list) and all(isinstance(each, int | str | Mapping) for each in value),
        "role": lambda: isinstance(value, str),
        "choice": lambda: value in keys,
    }
    words = {
        "duration": "Enter a length of time such as 2d, 2wd, 4h or 30m.",
        "number": "Enter a number.",
        "text": "Enter a text.",
        "boolean": "Choose yes or no.",
        "people": "Choose people.",
        "role": "Choose a role.",
        "choice": "Choose one of the options.",
    }
    check = fits.get(setting.type)
    return "" if check is None or check() else words[setting.type]
