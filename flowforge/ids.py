"""Ids: UUIDv7 (RFC 9562), shown with a prefix that says what they name, as in `run_01968…`.

In the database an id is a plain `uuid`; the prefix is put on and taken off at the edge. A run also has a label, the
last eight hex digits in two groups (`8241_a2f7`), and any unambiguous ending of an id is accepted where people type one.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

Prefix = Literal[
    "evt",
    "run",
    "agt",
    "skl",
    "tsk",
    "apr",
    "key",
    "usr",
    "tnt",
    "cmt",
    "brd",
    "col",
    "chk",
    "alt",
    "alr",
    "alc",
    "sig",
    "bud",
    "sec",
    "aud",
    "ses",
    "inv",
    "whe",
    "whd",
    "whk",
    "pol",
    "grt",
    "dlg",
    "inb",
    "att",
    "flt",
    "mem",
    "msg",
    "trg",
    "tol",
    "mcp",
    "qst",
    "tea",
]  # fmt: skip

DEFAULT_TENANT = UUID("00000000-0000-7000-8000-000000000001")

_lock = threading.Lock()
_last = 0


def _uuid7() -> UUID:
    """Time-ordered, and strictly increasing within this process (the 12 bits after the milliseconds count up)."""
    global _last
    now = time.time_ns() // 1_000_000 << 12
    with _lock:
        _last = now = max(_last + 1, now)
    ms, counter = now >> 12, now & 0xFFF
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(ms << 80) | (7 << 76) | (counter << 64) | (0b10 << 62) | random)


_maker: Callable[[], UUID] = _uuid7


def new_id() -> UUID:
    """A fresh UUIDv7 from the one id maker of this process."""
    return _maker()


def replace_maker(maker: Callable[[], UUID] | None) -> None:
    """Let tests decide which ids are made; `None` puts the real maker back."""
    global _maker
    _maker = maker or _uuid7


def derived_id(parent: UUID, name: str) -> UUID:
    """The id that `name` has under `parent`: always the same one, so that a repeat of the same act makes no second row."""
    digest = hashlib.sha256(parent.bytes + name.encode()).digest()
    value = int.from_bytes(parent.bytes[:6] + digest[:10], "big")
    value = value & ~(0xF << 76) | (7 << 76)
    return UUID(int=value & ~(0b11 << 62) | (0b10 << 62))


def timed_id(moment: datetime, name: str) -> UUID:
    """The id that `name` has at that moment: always the same one, in order of time between those that were made around it."""
    milliseconds = int(moment.timestamp() * 1000) & ((1 << 48) - 1)
    return derived_id(UUID(int=milliseconds << 80), f"{moment.timestamp()} {name}")


def trace_id(run: UUID) -> int:
    """The 128 bits that name the trace of `run`: hashed, because samplers want them even, which a UUID's are not."""
    return int.from_bytes(hashlib.sha256(b"trace" + run.bytes).digest()[:16], "big") or 1


def span_id(run: UUID, name: str = "") -> int:
    """The 64 bits that name the run's span, or that of what `name` stands for in it: the same ones wherever it is executed."""
    return int.from_bytes(hashlib.sha256(b"span" + run.bytes + name.encode()).digest()[:8], "big") or 1


def show(prefix: Prefix, value: UUID) -> str:
    """`run_` and the 32 hex digits."""
    return f"{prefix}_{value.hex}"


def parse(prefix: Prefix, text: str) -> UUID | None:
    """The uuid in `text`, with or without its prefix, or None where it is no whole id of that kind."""
    bare = text.removeprefix(f"{prefix}_")
    try:
        return uuid.UUID(bare)
    except ValueError:
        return None


def label(run: UUID | str) -> str:
    """A run's short name for people, `8241_a2f7`, from its id or from what `show` made of it."""
    digits = run if isinstance(run, str) else run.hex
    return f"{digits[-8:-4]}_{digits[-4:]}"
