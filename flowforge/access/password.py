"""Passwords: which are taken, and how they are kept (argon2id, RFC 9106's low-memory profile)."""

from __future__ import annotations

import asyncio
from functools import cache
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from flowforge.errors import InvalidInput

CHARACTERS_MIN = 12
CHARACTERS_MAX = 1024
AT_ONCE = 4  # each takes 64 MiB and a core for a moment


class Passwords:
    """Hashes and verifies, beside the event loop and a few at once.

    >>> passwords = Passwords()                                     # doctest: +SKIP
    >>> kept = await passwords.hash("correct horse battery staple") # doctest: +SKIP
    >>> await passwords.verify(kept, "correct horse")               # doctest: +SKIP
    False
    """

    def __init__(self, hasher: PasswordHasher | None = None, *, at_once: int = AT_ONCE) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._free = asyncio.Semaphore(at_once)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """What is kept of a password; other parameters than today's are read from it when it is verified."""
        async with self._free:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is that password. Where nobody has one (`kept` is None) it takes as long, and is not."""
        if self._nobodys is None:
            self._nobodys = await self.hash("of nobody")
        async with self._free:
            right = await asyncio.to_thread(self._matches, kept or self._nobodys, password)
        return right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def check_password(password: str, email: str, *, pointer: str = "/password") -> None:
    """Raises InvalidInput for a password that is too short, too long, or among the first that anybody would try.

    >>> check_password("correct horse battery staple", "mira@example.com")
    """
    if not CHARACTERS_MIN <= len(password) <= CHARACTERS_MAX:
        raise InvalidInput(f"a password has {CHARACTERS_MIN} to {CHARACTERS_MAX} characters", pointer=pointer)
    if _is_obvious(password.lower(), email.lower()):
        raise InvalidInput(
            "this password is one of the first that anybody would try", pointer=pointer, hint="take a few words that are not a phrase"
        )


def _is_obvious(password: str, email: str) -> bool:
    name, _, domain = email.partition("@")
    bare = "".join(character for character in password if character.isalnum())
    rest = bare
    for own in (email, name, domain, domain.partition(".")[0], "flowforge"):
        if len(own) >= 4:
            rest = rest.replace("".join(character for character in own if character.isalnum()), "")
    few = len(set(password)) < 5
    return few or password in _common() or bare in _common() or len(rest) < 5 or _is_walk(bare)


def _is_walk(text: str) -> bool:
    """Whether each character follows the one before it, up or down: 123456789012, zyxwvutsrqpo."""
    steps = {_step(before, after) for before, after in pairwise(text)}
    return steps in ({1}, {-1}, {9})


def _step(before: str, after: str) -> int:
    """Digits go round: after 9 comes 0."""
    distance = ord(after) - ord(before)
    return distance % 10 if (before + after).isdigit() else distance


@cache
def _common() -> frozenset[str]:
    """Those of twelve characters and more that leaked lists have most; shorter ones are refused for their length."""
    return frozenset((files("flowforge.access") / "common_passwords.txt").read_text().split())
