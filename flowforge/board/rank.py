"""Where a card stands among others: a text that sorts, and has room for another between any two.

A rank is a whole number of eight digits (base 36, counted from the middle) and, after it, a fraction. Cards that go to the end count
the whole number up and stay short; a card between two neighbours gets the shortest fraction between theirs. It is text, compared byte
by byte, and not a number: behind row-level security an index of numbers cannot be searched by range (its operators are not leakproof).
"""

from __future__ import annotations

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
WHOLE = 8
FIRST = "i" + "0" * (WHOLE - 1)
LENGTH_MAX = 64  # beyond it a column is ranked anew


def between(low: str | None, high: str | None) -> str:
    """A rank behind `low` and before `high`; None is the end of the column. Raises ValueError where there is nothing between them.

    >>> between(None, None), between("i0000000", None), between("i0000000", "i0000001")
    ('i0000000', 'i0000001', 'i0000000i')
    """
    if low is None:
        return FIRST if high is None else _whole(_number(high) - 1)
    if high is None:
        return _whole(_number(low) + 1)
    if low >= high:
        raise ValueError(f"nothing lies between {low} and {high}")
    if _number(high) - _number(low) > 1 or (_number(high) > _number(low) and len(high) > WHOLE):
        return _whole(_number(low) + 1)
    end = high[WHOLE:] if high[:WHOLE] == low[:WHOLE] else None
    return low[:WHOLE] + _middle(low[WHOLE:], end)


def spread(count: int) -> list[str]:
    """Ranks for a whole column, in order.

    >>> spread(2)
    ['i0000000', 'i0000001']
    """
    return [_whole(_number(FIRST) + place) for place in range(count)]


def _middle(low: str, high: str | None) -> str:
    """The shortest fraction between two; no fraction ends in 0, so there is always one. `high` None is the next whole number."""
    first = DIGITS.index(low[0]) if low else 0
    last = len(DIGITS) if high is None else DIGITS.index(high[0])
    if last - first > 1:
        return DIGITS[(first + last) // 2]
    if high is not None and first == last:
        return high[0] + _middle(low[1:], high[1:])
    if high is not None and len(high) > 1:
        return high[0]
    return DIGITS[first] + _middle(low[1:], None)


def _number(rank: str) -> int:
    return int(rank[:WHOLE], 36)


def _whole(number: int) -> str:
    digits = ""
    for _ in range(WHOLE):
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits
