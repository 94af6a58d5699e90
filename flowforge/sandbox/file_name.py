"""Names of files that come from strangers: relative, plain, and the same file on every system that they may be written on."""

from __future__ import annotations

import unicodedata

from flowforge.errors import InvalidInput

NAME_BYTES_MAX = 1024
PART_BYTES_MAX = 255
DEPTH_MAX = 32
# Names that mean a device on Windows, with any extension.
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}


def check_file_name(name: object) -> str:
    """The name, when it can only mean a file below the directory that it is written to. Raises InvalidInput.

    >>> check_file_name("charts/one.png")
    'charts/one.png'
    """
    if not isinstance(name, str) or not name:
        raise InvalidInput("a file needs a name")
    if why := _what_is_wrong(name):
        raise InvalidInput(f"the file name {_shown(name)} {why}")
    return name


def same_file_key(name: str) -> str:
    """Equal for names that a file system which knows no case, or composes characters, takes for one file."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _what_is_wrong(name: str) -> str | None:
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return "is not UTF-8"
    if len(encoded) > NAME_BYTES_MAX:
        return f"is longer than {NAME_BYTES_MAX} bytes"
    if not name.isprintable():
        return "holds characters that are not printable"
    if "\\" in name or ":" in name:
        return "holds a backslash or a colon"
    if name.startswith("/"):
        return "is absolute"
    parts = name.split("/")
    if len(parts) > DEPTH_MAX:
        return f"is more than {DEPTH_MAX} directories deep"
    return next((why for part in parts if (why := _what_is_wrong_with_part(part))), None)


def _what_is_wrong_with_part(part: str) -> str | None:
    if part in ("", ".", ".."):
        return f"has the part {part!r}"
    if len(part.encode()) > PART_BYTES_MAX:
        return f"has a part longer than {PART_BYTES_MAX} bytes"
    if part != part.strip(" ") or part.endswith("."):
        return "has a part that begins or ends with a space, or ends with a dot"
    return "means a device on some systems" if part.split(".")[0].rstrip(" ").casefold() in _DEVICES else None


def _shown(name: str) -> str:
    return ascii(name[:100])
