"""Amounts in Chinese capital numerals, by the rules for bills and settlement vouchers."""

from __future__ import annotations

from decimal import Decimal

from runtime.expressions.values import Failure, shorten

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def capital_amount(amount: Decimal) -> str:
    """1234.5 → 壹仟贰佰叁拾肆元伍角整. Rounded to fen; below 10^16."""
    fen_total = int(shorten(abs(amount), 2) * 100)
    yuan, rest = divmod(fen_total, 100)
    if yuan >= 10**16:
        raise Failure("#NUM!", "the amount is too large")
    jiao, fen = divmod(rest, 10)
    text = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    if fen:
        text += ("零" if yuan and not jiao else "") + f"{_DIGITS[fen]}分"
    else:
        text = (text or "零元") + "整"
    return ("负" if amount < 0 and fen_total else "") + text


def _whole(number: int) -> str:
    """A whole number above 0. A run of zeros inside reads as one 零."""
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text, gap = "", False
    for place in reversed(range(len(groups))):
        group = groups[place]
        if group == 0:
            gap = bool(text)
            continue
        if text and (gap or group < 1000):
            text += "零"
        text += _group(group) + _GROUPS[place]
        gap = False
    return _one_yi(text)


def _group(group: int) -> str:
    """1 to 9999 without leading 零."""
    text, gap = "", False
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if digit:
            text += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = bool(text)
    return text


def _one_yi(text: str) -> str:
    """壹万亿贰仟亿 is read 壹万贰仟亿: one 亿 for both groups."""
    head, found, tail = text.partition("万亿")
    return f"{head}万{tail}" if found and "亿" in tail else text
