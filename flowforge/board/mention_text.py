"""Where a Markdown text mentions somebody: `@atlas`, `@"Mira Lund"`, `@user:atlas` where an agent has the same name.

Not a mention: what stands in code, an escaped one (`\\@atlas`), an e-mail address, and the `@` in the middle of a URL.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

NAME_CHARACTERS_MAX = 100

_FENCE = re.compile(r" {0,3}(?:> ?)*(`{3,}|~{3,})(.*)")
_LIST_ITEM = re.compile(r" {0,3}(?:> ?)*(?:[-+*]|\d{1,9}[.)])[ \t]")
_TICKS = re.compile(r"`+")
_PARAGRAPHS = re.compile(r"(\n[ \t]*\n)")
_MENTION = re.compile(
    r"(?<![^\W_])(?<![@/\\.+=&-])@(?:(agent|user):)?"  # not behind a letter or digit, nor inside an address
    rf'(?:"([^"\n]{{1,{NAME_CHARACTERS_MAX}}})"|(\w[\w.-]{{0,{NAME_CHARACTERS_MAX - 1}}}+(?!@)))'
)


@dataclass(frozen=True)
class Spelling:
    """One place in a text that looks like a mention. `names` are what it may mean, the likeliest first; `at` is where its @ stands."""

    names: tuple[str, ...]
    kind: Literal["agent", "user"] | None
    at: int


def find_spellings(text: str) -> list[Spelling]:
    """All of them, in the order of the text.

    >>> [found.names for found in find_spellings('@atlas, see @"Mira Lund" and `@nobody`, mail a@example.com')]
    [('atlas',), ('Mira Lund',)]
    """
    return [_spelling(match) for match in _MENTION.finditer(_without_code(text))]


def _spelling(match: re.Match[str]) -> Spelling:
    kind: Literal["agent", "user"] | None = match[1]  # type: ignore[assignment]  # the pattern has no other
    if match[2] is not None:
        return Spelling((match[2].strip(),), kind, match.start())
    bare = match[3]
    names = [bare]
    while bare[-1] in "._-" and len(bare) > 1:  # the end of a sentence, or of what is in italics
        bare = bare[:-1]
        names.append(bare)
    return Spelling(tuple(names), kind, match.start())


def _without_code(text: str) -> str:
    """The text with blanks where code stands, so that every place stays where it is."""
    return _without_spans("".join(_without_blocks(text.splitlines(keepends=True))))


def _without_blocks(lines: list[str]) -> Iterator[str]:
    fence: str | None = None  # the one that is open
    in_list, after_blank = False, True
    for line in lines:
        found = _FENCE.match(line)
        if fence is not None:
            yield _blank(line)
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = None
        elif found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
            yield _blank(line)
        elif after_blank and not in_list and line.startswith(("    ", "\t")) and line.strip():
            yield _blank(line)  # an indented block goes on until a line that is not indented
            continue
        else:
            in_list = bool(_LIST_ITEM.match(line)) or (in_list and (line.startswith((" ", "\t")) or not line.strip()))
            yield line
        after_blank = not line.strip()


def _without_spans(text: str) -> str:
    """A span ends at the next run of as many backticks in its paragraph; one that has no such end is text."""
    return "".join(piece if n % 2 else _of_paragraph(piece) for n, piece in enumerate(_PARAGRAPHS.split(text)))


def _of_paragraph(text: str) -> str:
    runs = list(_TICKS.finditer(text))
    later: dict[int, list[int]] = defaultdict(list)  # by length, the last one first
    for place in range(len(runs) - 1, -1, -1):
        later[len(runs[place][0])].append(place)
    kept, written, place = [], 0, 0
    while place < len(runs):
        same = later[len(runs[place][0])]
        while same and same[-1] <= place:
            same.pop()
        if same and not _escaped(text, runs[place].start()):
            start, end = runs[place].start(), runs[same[-1]].end()
            kept.append(text[written:start] + _blank(text[start:end]))
            written, place = end, same[-1]
        place += 1
    return "".join([*kept, text[written:]])


def _escaped(text: str, place: int) -> bool:
    before = text[:place] if place < 2 else text[place - 2 : place]
    return before.endswith("\\") and before != "\\\\"


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
