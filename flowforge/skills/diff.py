"""What is different between two versions of a skill: which files, and the lines of those that are text."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LINES_MAX = 2_000  # of one file's difference
COMPARED_LINES_MAX = 20_000  # of one file: comparing takes time that grows faster than its lines

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class FileDiff:
    """A file that is not the same. `lines` is a unified diff, None for what is no text or very long; `cut`: there is more of it."""

    path: str
    change: Change
    lines: str | None
    cut: bool = False


def diff_trees(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[FileDiff]:
    """The files that differ, by path. Comparing takes processor time: call it in a thread.

    >>> [(one.path, one.change) for one in diff_trees({"a": b"1", "b": b"1"}, {"b": b"2", "c": b"1"})]
    [('a', 'removed'), ('b', 'changed'), ('c', 'added')]
    """
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return [_diff(path, before.get(path), after.get(path)) for path in paths]


def _diff(path: str, before: bytes | None, after: bytes | None) -> FileDiff:
    change: Change = "added" if before is None else "removed" if after is None else "changed"
    try:
        old, new = ((data or b"").decode().splitlines() for data in (before, after))
    except UnicodeDecodeError:
        return FileDiff(path, change, None)
    if len(old) + len(new) > COMPARED_LINES_MAX:
        return FileDiff(path, change, None)
    lines = list(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}", lineterm=""))
    return FileDiff(path, change, "\n".join(lines[:LINES_MAX]), len(lines) > LINES_MAX)
