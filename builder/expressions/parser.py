"""Text to syntax tree. Mistakes come back as a value with a position, never as an exception."""

from __future__ import annotations

import re
import unicodedata

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from builder.expressions.functions import ALIASES, FUNCTIONS
from builder.expressions.grammar import OPERATOR_TOKENS, TOKEN_WORDS, VALUE_TOKENS, grammar
from builder.expressions.limits import MAX_BRACKETS, MAX_CHARACTERS, MAX_DEPTH, MAX_FIELDS, MAX_NODES, storable_text
from builder.expressions.nodes import Node, walk
from builder.expressions.problems import ExpressionProblem, problem
from builder.expressions.tree_builder import TreeBuilder, Unreadable

_OPENING = frozenset({"LPAR", "LSQB"})
_CLOSING = frozenset({"RPAR", "RSQB"})


def parse(text: str) -> Node | ExpressionProblem:
    """The tree of a formula, or the first thing that is wrong with it. A leading "=" is allowed."""
    if len(text) > MAX_CHARACTERS:
        return problem("too_long", MAX_CHARACTERS, len(text) - MAX_CHARACTERS, found=len(text), limit=MAX_CHARACTERS)
    if not storable_text(text):
        return problem("bad_character", 0, len(text))
    source = _without_equals_sign(text)
    if not source.strip():
        return problem("empty")
    lark = grammar()
    try:
        refused = _check_tokens(lark, source)
        if refused is not None:
            return refused
        node = TreeBuilder().build(lark.parse(source))
    except Unreadable as unreadable:
        return unreadable.problem
    except UnexpectedCharacters as unexpected:
        return _bad_character(source, unexpected.pos_in_stream or 0)
    except UnexpectedToken as unexpected:
        return _bad_token(source, unexpected)
    except UnexpectedInput as unexpected:  # the end of the text, in some versions of Lark
        return problem("expected", len(source), 0, expected="more", found=str(unexpected.pos_in_stream))
    return _check_tree(node) or node


def _without_equals_sign(text: str) -> str:
    """Blank out the "=" that Excel users write first, keeping every position."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] in ("=", "＝"):
        return text[:start] + " " + text[start + 1 :]
    return text


def _check_tokens(lark: Lark, source: str) -> ExpressionProblem | None:
    depth = fields = 0
    for count, token in enumerate(lark.lex(source), start=1):
        if token.type in _OPENING:
            depth += 1
            if depth > MAX_BRACKETS:
                return problem("too_deep", token.start_pos or 0, len(token), limit=MAX_BRACKETS)
        elif token.type in _CLOSING:
            depth -= 1
        elif token.type == "FIELD":
            fields += 1
            if fields > MAX_FIELDS:
                return problem("too_many_fields", token.start_pos or 0, len(token), limit=MAX_FIELDS)
        if count > 4 * MAX_NODES:
            return problem("too_large", token.start_pos or 0, len(token), limit=MAX_NODES)
    return None


def _check_tree(node: Node) -> ExpressionProblem | None:
    for count, (current, depth) in enumerate(walk(node), start=1):
        if depth > MAX_DEPTH:
            return problem("too_nested", current.at, current.length, limit=MAX_DEPTH)
        if count > MAX_NODES:
            return problem("too_large", current.at, current.length, limit=MAX_NODES)
    return None


def _bad_character(source: str, position: int) -> ExpressionProblem:
    character = source[position]
    if character in "\"'“‘＂":
        return problem("unclosed_text", position, 1)
    if character in "{｛":
        return problem("unclosed_field", position, 1)
    shown = character if unicodedata.category(character)[0] not in "CZ" else f"U+{ord(character):04X}"
    return problem("unexpected_character", position, 1, found=shown)


def _bad_token(source: str, unexpected: UnexpectedToken) -> ExpressionProblem:
    token: Token = unexpected.token
    expected = set(unexpected.accepts or unexpected.expected)
    at_end = token.type == "$END"
    position = len(source.rstrip()) if at_end else token.start_pos or 0
    word = token.upper()
    if token.type == "NAME" and word in ("AND", "OR", "XOR") and expected & OPERATOR_TOKENS:
        return problem("use_function", position, len(token), name=word)
    bare = re.search(r"(\w+)\s*$", source[:position])
    if expected == {"LPAR"} and bare and ALIASES.get(bare[1].upper(), bare[1].upper()) not in FUNCTIONS:
        return problem("use_braces", bare.start(), len(bare[1]), name=bare[1])
    found = "the end" if at_end else f"“{token}”"
    return problem("expected", position, 0 if at_end else len(token), expected=_words(expected), found=found)


def _words(expected: set[str]) -> str:
    words = []
    if expected & VALUE_TOKENS:
        words.append("a value")
        expected = expected - {"LPAR", "LSQB", "MINUS", "PLUS"}
    elif expected & OPERATOR_TOKENS:
        words.append("an operator")
        expected = expected - OPERATOR_TOKENS - {"MINUS", "PERCENT"}
    words += sorted(TOKEN_WORDS[name] for name in expected if name in TOKEN_WORDS)
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
