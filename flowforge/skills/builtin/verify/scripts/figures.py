"""Checks figures: lines on stdin of the form `1 + 2 + 3 = 6`, `12 / 48 = 25%`, `40 -> 50 = +25%`.

Says of each whether it holds as it is rounded.
"""

import re
import sys
from decimal import Decimal, InvalidOperation

NUMBER = re.compile(r"[-+]?\d[\d,']*(?:\.\d+)?")


def value(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("'", "").replace("%", "").replace("+", "").strip())


def calculated(left: str, percent: bool) -> Decimal:
    if "->" in left:
        old, new = (value(part) for part in left.split("->"))
        return (new - old) / old * 100
    if "/" in left:
        part, whole = (value(part) for part in left.split("/"))
        return part / whole * (100 if percent else 1)
    return sum((value(found) for found in NUMBER.findall(left.replace(" ", ""))), Decimal(0))


def main() -> int:
    wrong = 0
    for line in filter(None, map(str.strip, sys.stdin)):
        left, equals, right = line.partition("=")
        try:
            if not equals:
                raise ValueError
            said = value(right)
            found = calculated(left, "%" in right)
        except (InvalidOperation, ValueError, ZeroDivisionError):
            print(f"{line}: cannot be read")
            wrong += 1
            continue
        places = max(0, -int(said.as_tuple().exponent))
        holds = abs(found - said) <= Decimal(1).scaleb(-places) / 2
        wrong += not holds
        print(f"{line}: {'holds' if holds else f'wrong, it is {round(found, places + 1)}'}")
    return 1 if wrong else 0


sys.exit(main())
