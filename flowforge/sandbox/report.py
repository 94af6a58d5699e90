"""What goes into a sandbox and what comes out: a JSON header behind its length, then files. What comes out is a stranger's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flowforge.errors import InvalidInput
from flowforge.sandbox.file_name import check_file_name
from flowforge.sandbox.limits import SandboxLimits

HEADER_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True)
class Report:
    """What the file inside says of the program's end."""

    exit: int
    cpu: bool  # it used up its processor time
    too_much: bool  # the files that were asked for are larger together than may be handed back
    files: dict[str, bytes]


def order_bytes(
    argv: Sequence[str],
    environment: Mapping[str, str],
    files: Mapping[str, bytes],
    outputs: Sequence[str],
    stdin: bytes,
    limits: SandboxLimits,
) -> bytes:
    """The order for `inside.py`."""
    head = {
        "argv": list(argv),
        "environment": dict(environment),
        "files": [[name, len(data)] for name, data in files.items()],
        "outputs": list(outputs),
        "stdin": len(stdin),
        "limits": asdict(limits),
    }
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "big") + text + b"".join(files.values()) + stdin


def read_report(data: bytes) -> Report | None:
    """The report, or None for one that is missing or not as ours would write it."""
    length = int.from_bytes(data[:4], "big")
    try:
        head = json.loads(data[4 : 4 + length])
        files = _files(head["files"], data[4 + length :])
        return Report(exit=int(head["exit"]), cpu=head["cpu"] is True, too_much=head["too_much"] is True, files=files)
    except (ValueError, KeyError, TypeError, InvalidInput, RecursionError):
        return None


def _files(listed: list[Any], data: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    at = 0
    for name, size in listed:
        check_file_name(name)
        if not isinstance(size, int) or size < 0 or at + size > len(data) or name in found:
            raise ValueError("a file that is not there")
        found[name] = data[at : at + size]
        at += size
    if at != len(data):
        raise ValueError("more than was listed")
    return found
