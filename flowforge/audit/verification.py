"""Verifying an export: every entry, every head, and the heads that somebody kept. Needs the file alone, and holds a few hashes of it.

An export is JSON lines: one about the export, the public keys, the entries in their order with each signed head behind the last entry that
it covers, and a line that says that this is the end.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowforge.audit.exported_entry import read_entry
from flowforge.audit.head import SignedHead, read_head_json
from flowforge.audit.key import AuditKey, read_key
from flowforge.audit.merkle import CompactRange
from flowforge.audit.refusal import Refused
from flowforge.audit.signatures import KnownKeys

FORMAT = "flowforge-audit/1"


@dataclass
class Verified:
    """What an export shows. `compared` heads were kept outside of it; `newer` of those were signed after it was made."""

    tenant: str
    exported_at: str
    entries: int = 0
    heads: int = 0
    erased: int = 0
    compared: int = 0
    newer: int = 0
    last: SignedHead | None = None
    keys: list[AuditKey] = field(default_factory=list)


def verify_export(lines: Iterable[bytes], *, heads: Sequence[SignedHead] = (), key: str | None = None) -> Verified:
    """Check an export line by line. `heads` were kept elsewhere, `key` is a key (its id, or its public half in hex) known from elsewhere.

    Raises Refused, which says what is wrong in words of its own.

        with open("audit.jsonl", "rb") as file:
            print(verify_export(file).entries)
    """
    numbered = enumerate(lines, 1)
    header = _read(*next(numbered, (1, b"")))
    if header.get("type") != "export" or header.get("format") != FORMAT:
        raise Refused("malformed", "this is not an export of an audit log", hint="make one with: flowforge audit export")
    return _Verification(header, heads, key).run(_read_all(numbered))


class _Verification:
    """One pass over the lines behind the first."""

    def __init__(self, header: dict[str, Any], heads: Sequence[SignedHead], trusted: str | None) -> None:
        self.found = Verified(str(header.get("tenant")), str(header.get("at")))
        self.trusted = trusted
        self.tree = CompactRange()
        self.known: KnownKeys | None = None
        self.kept: dict[int, list[SignedHead]] = defaultdict(list)
        for head in heads:
            if head.tenant == self.found.tenant:
                self.kept[head.size].append(head)
        self.ended = False

    def run(self, lines: Iterator[tuple[int, dict[str, Any]]]) -> Verified:
        for number, line in lines:
            if self.ended:
                raise Refused("malformed", f"line {number} stands behind the end of the export")
            try:
                self._take(line, lines)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise Refused("malformed", f"line {number} is not what an export holds: {error!r}") from None
        self._conclude()
        return self.found

    def _take(self, line: dict[str, Any], rest: Iterator[tuple[int, dict[str, Any]]]) -> None:
        kind = line["type"]
        if kind == "entry":
            self._take_entry(line, rest)
        elif kind == "head":
            self._take_head(read_head_json(line))
        elif kind == "key" and self.known is None:
            self.found.keys.append(read_key(line))
        elif kind == "end":
            self._take_end(line)
        else:
            raise ValueError(kind)

    def _take_entry(self, line: dict[str, Any], rest: Iterator[tuple[int, dict[str, Any]]]) -> None:
        if line["position"] != self.tree.size:
            raise self._out_of_place(line["position"], rest)
        entry = read_entry(line)
        if entry.said["tenant"] != self.found.tenant:
            raise Refused("changed", f"entry {entry.position} belongs to another tenant's log")
        self.found.erased += bool(entry.erased)
        self.tree.append(entry.hash)
        if self.tree.size in self.kept:
            self._compare(self.kept.pop(self.tree.size))

    def _out_of_place(self, position: int, rest: Iterator[tuple[int, dict[str, Any]]]) -> Refused:
        expected = self.tree.size
        if position < expected:
            return Refused("reordered", f"entry {position} comes after entry {expected - 1}: the entries are not in their order")
        if any(line.get("type") == "entry" and line.get("position") == expected for _, line in rest):
            return Refused("reordered", f"entry {position} comes before entry {expected}: the entries are not in their order")
        return Refused("missing", f"entry {expected} is missing: after entry {expected - 1} comes entry {position}")

    def _take_head(self, head: SignedHead) -> None:
        last, expected = self.found.last, self.tree.size
        if head.tenant != self.found.tenant:
            raise Refused("not_following", f"head {head.size} belongs to another tenant's log")
        if head.size < expected or (last is not None and head.size <= last.size):
            raise Refused("not_following", f"head {head.size} comes after entry {expected - 1}: the heads are not in their order")
        if head.size > expected:
            raise Refused("missing", f"entries are missing: a head covers {head.size}, and only {expected} come before it")
        if head.previous != (None if last is None else last.digest):
            raise Refused(
                "not_following",
                f"head {head.size} does not follow head {last.size if last else 0}: it names another one as the head before it",
            )
        self._keys().check(head, last)
        if head.root != self.tree.root():
            since = last.size if last else 0
            raise Refused(
                "changed",
                f"the entries {since} to {head.size - 1} are not those that head {head.size} signed: one was changed, replaced or left out",
            )
        self.found.heads += 1
        self.found.last = head

    def _compare(self, kept: list[SignedHead]) -> None:
        for head in kept:
            self._keys().check(head)
            if head.root != self.tree.root():
                raise Refused(
                    "forked",
                    f"the log is forked: a head kept elsewhere, of {head.size} entries at {head.at}, has another root than this export",
                )
            self.found.compared += 1

    def _take_end(self, line: dict[str, Any]) -> None:
        if (line["entries"], line["heads"]) != (self.tree.size, self.found.heads):
            said, found = f"{line['entries']} entries and {line['heads']} heads", f"{self.tree.size} and {self.found.heads}"
            raise Refused("cut", f"the export says that it has {said}; here are {found}")
        self.ended = True

    def _conclude(self) -> None:
        found = self.found
        found.entries = self.tree.size
        if not self.ended:
            raise Refused("cut", f"the export is cut: it ends behind entry {self.tree.size - 1}, without its last line")
        if found.last is None:
            raise Refused("unsigned", "the export holds no signed head: nothing in it can be verified")
        if found.last.size != self.tree.size:
            raise Refused("unsigned", f"the entries from {found.last.size} on are covered by no head")
        for head in (head for heads in self.kept.values() for head in heads):
            self._keys().check(head)
            if head.at <= found.exported_at:
                elsewhere = f"a head kept elsewhere covers {head.size} entries at {head.at}"
                raise Refused("cut", f"the tail is cut: {elsewhere}, the export of {found.exported_at} has {self.tree.size}")
            found.newer += 1

    def _keys(self) -> KnownKeys:
        if self.known is None:
            self.known = KnownKeys(self.found.keys, self.trusted)
        return self.known


def read_kept_heads(lines: Iterable[bytes]) -> list[SignedHead]:
    """The heads in what an anchor wrote, or somebody saved: JSON lines, of which other kinds are passed over. Raises Refused."""
    heads = []
    for number, line in _read_all(enumerate(lines, 1)):
        if line.get("type", "head") == "head":
            try:
                heads.append(read_head_json(line))
            except (KeyError, TypeError, ValueError, AttributeError):
                raise Refused("malformed", f"line {number} of the kept heads is no head") from None
    return heads


def _read_all(numbered: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in numbered:
        if line.strip():
            yield number, _read(number, line)


def _read(number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        if line and not line.endswith(b"\n"):
            raise Refused("cut", f"the file is cut in the middle of line {number}")
        raise Refused("malformed", f"line {number} is not a JSON object")
    return found
