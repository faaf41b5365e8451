"""What is wrong with an expression: values, not exceptions, with words that can be translated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: code -> English message. Placeholders are filled from `params`; translators get both.
MESSAGES = {
    "empty": "Write a formula.",
    "too_long": "The formula has {found} characters; at most {limit} are allowed.",
    "too_deep": "Brackets are nested more than {limit} deep.",
    "too_nested": "The formula is nested more than {limit} levels deep.",
    "too_large": "The formula has more than {limit} parts.",
    "too_complex": "The formula is too complex for a filter.",
    "too_many_fields": "The formula names more than {limit} fields.",
    "unexpected_character": "{found} cannot stand here.",
    "unclosed_text": "The text that starts here has no closing quotation mark.",
    "unclosed_field": "The field that starts here has no closing brace.",
    "expected": "Expected {expected}, found {found}.",
    "use_function": "Write {name}(a, b) instead of a {name} b.",
    "use_braces": "Write a field in braces: {{{name}}}.",
    "bad_field": "{found} is not a field name; write {{field}} or {{relation.field}}.",
    "path_too_long": "A field may be at most {limit} relations away.",
    "bad_number": "The number {found} is too large or has too many decimals.",
    "bad_date": "{found} is not a date or time.",
    "bad_character": "The text holds a character that cannot be stored.",
    "bad_has": 'HAS needs a relation in braces, then optionally a condition, a comparison such as ">=" and a whole number.',
    "unknown_function": "There is no function {name}.",
    "unknown_field": "There is no field {name}.",
    "not_a_relation": "{name} is not a relation to several records.",
    "argument_count": "{name} takes {expected} arguments, not {found}.",
    "argument_type": "{name}: argument {number} must be {expected}, not {found}.",
    "argument_constant": "{name}: argument {number} must be written out, not computed.",
    "argument_choice": "{name}: argument {number} must be one of {expected}.",
    "operand_type": "{op} needs {expected}, not {found}. {hint}",
    "compare_types": "{left} and {right} cannot be compared.",
    "mixed_types": "The results must be of one type, not {left} and {right}.",
    "unknown_choice": "{found} is not one of the options of {name}.",
    "not_in_filter": "{name} cannot be used in a filter.",
    "volatile": "{name} changes with time or person, so it cannot be stored.",
    # Texts with fields:
    "bad_placeholder": "{found} is not a field; type two braces and choose one from the list.",
    "placeholder_filter": "{found} is not a format; there are {names}.",
    "placeholder_text": 'Of the formats, only default takes a text, such as default:"none".',
    "too_many_placeholders": "A text may name at most {limit} fields.",
    "unclosed_placeholder": "The field that starts here has no closing braces.",
    # Condition trees (JSON):
    "not_an_object": "A condition must be an object.",
    "unknown_shape": "A condition needs one of all, any, not, field, has, expr.",
    "not_a_list": "{name} must be a list.",
    "too_many_leaves": "A condition may have at most {limit} parts.",
    "missing": "{name} is missing.",
    "unknown_key": "{name} is not known here.",
    "unknown_operator": "{name} is not an operator for {kind}.",
    "bad_value": "{found} is not a value for {kind}.",
    "too_many_values": "At most {limit} values are allowed.",
    "not_boolean": "A condition must be true or false, not {found}.",
}


@dataclass(frozen=True, slots=True)
class ExpressionProblem:
    """A mistake at characters [position, position + length) of the source text."""

    position: int
    length: int
    code: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConditionProblem:
    """A mistake in a JSON condition tree; `path` has slashes ("all/0/value"), "" is the root."""

    path: str
    code: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)


def problem(code: str, at: int = 0, length: int = 0, **params: Any) -> ExpressionProblem:
    """An `ExpressionProblem` with the English message of its code."""
    return ExpressionProblem(at, length, code, MESSAGES[code].format(**params).strip(), params)


def condition_problem(path: str, code: str, **params: Any) -> ConditionProblem:
    """A `ConditionProblem` with the English message of its code."""
    return ConditionProblem(path, code, MESSAGES[code].format(**params).strip(), params)
