"""The text of an API key: `ffk_live_` or `ffk_test_`, 33 characters that hold 192 random bits, and six of checksum.

The prefix tells people and scanners what they have found; the checksum tells a typo, or what only looks like a key, without a
database. Neither is a secret.
"""

from __future__ import annotations

import re
import secrets
import string
import zlib

LIVE, TEST = "ffk_live_", "ffk_test_"
PREFIX = "ffk_"
SHOWN_CHARACTERS = 4
RANDOM_BYTES = 24
RANDOM_CHARACTERS, CHECKSUM_CHARACTERS = 33, 6
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM = re.compile(rf"ffk_(?:live|test)_[0-9A-Za-z]{{{RANDOM_CHARACTERS + CHECKSUM_CHARACTERS}}}")


def make_value(*, test: bool) -> str:
    """A fresh one, of 48 characters."""
    text = (TEST if test else LIVE) + _base62(int.from_bytes(secrets.token_bytes(RANDOM_BYTES), "big"), RANDOM_CHARACTERS)
    return text + _checksum(text)


def is_well_formed(text: str) -> bool:
    """Whether this can be a key at all: its form and its checksum hold.

    >>> is_well_formed(make_value(test=True)), is_well_formed("ffk_test_" + "0" * 39)
    (True, False)
    """
    return _FORM.fullmatch(text) is not None and _checksum(text[:-CHECKSUM_CHARACTERS]) == text[-CHECKSUM_CHARACTERS:]


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode("ascii")), CHECKSUM_CHARACTERS)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits))
