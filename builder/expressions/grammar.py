"""The grammar, for Lark's LALR parser. Full-width punctuation stands beside the plain one."""

from __future__ import annotations

from functools import cache

from lark import Lark

GRAMMAR = r"""
?start: comparison
?comparison: joined | comparison COMPARE joined -> binary
?joined: sum | joined AMP sum -> binary
?sum: product | sum (PLUS | MINUS) product -> binary
?product: power | product (STAR | SLASH) power -> binary
?power: signed | power CARET signed -> binary
?signed: percent | MINUS signed -> minus | PLUS signed -> plus
?percent: atom | percent PERCENT -> percent_of
?atom: NUMBER -> number
     | STRING -> text
     | FIELD -> path
     | MOMENT -> moment
     | ERROR -> error
     | TRUE -> true
     | FALSE -> false
     | NULL -> null
     | NAME LPAR [arguments] RPAR -> call
     | LPAR comparison RPAR -> bracket
     | LSQB [arguments] RSQB -> list_of
arguments: comparison (COMMA comparison)*

COMPARE: "<=" | ">=" | "<>" | "!=" | "==" | "=" | "<" | ">" | "＝" | "≠" | "≤" | "≥"
       | "＜＝" | "＞＝" | "＜＞" | "！＝" | "<＝" | ">＝" | "＜=" | "＞=" | "＜" | "＞"
AMP: "&" | "＆"
PLUS: "+" | "＋"
MINUS: "-" | "－" | "−"
STAR: "*" | "＊" | "×"
SLASH: "/" | "／" | "÷"
CARET: "^" | "＾"
PERCENT: "%" | "％"
LPAR: "(" | "（"
RPAR: ")" | "）"
LSQB: "[" | "［" | "【"
RSQB: "]" | "］" | "】"
COMMA: "," | ";" | "，" | "；"
NUMBER: /(?:[0-9０-９]+(?:[.．][0-9０-９]+)?|[.．][0-9０-９]+)/
STRING: /"(?:[^"]|"")*"|'(?:[^']|'')*'|“[^”]*”|‘[^’]*’|＂[^＂]*＂/
FIELD: /[{｛][^{}｛｝]*[}｝]/
MOMENT: /#[0-9][0-9T:.Z+-]*#/
ERROR.2: /#(?:DIV\/0|VALUE|REF|NUM)!/i
TRUE.2: /true(?!\w)/i
FALSE.2: /false(?!\w)/i
NULL.2: /null(?!\w)/i
NAME: /[^\W\d]\w*/
%ignore /[\s\u3000]+/
"""

#: What a person reads when one of these tokens was expected.
TOKEN_WORDS = {"COMMA": "“,”", "LPAR": "“(”", "RPAR": "“)”", "LSQB": "“[”", "RSQB": "“]”", "$END": "the end"}
VALUE_TOKENS = frozenset({"NUMBER", "STRING", "FIELD", "NAME"})
OPERATOR_TOKENS = frozenset({"COMPARE", "AMP", "PLUS", "STAR", "SLASH", "CARET"})


@cache
def grammar() -> Lark:
    """The parser. Building it takes some 50 ms, so it happens once, on first use."""
    return Lark(GRAMMAR, parser="lalr", lexer="basic", maybe_placeholders=True)
