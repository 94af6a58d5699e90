"""A secret's value as code is given it: it shows itself to nobody until it is asked to."""

from __future__ import annotations

from typing import NoReturn, final

from flowforge.errors import SecretExposed


@final
class SecretText:
    """A secret that was opened. `reveal()` gives its text; printing, formatting, pickling or storing it does not.

    >>> stripe = SecretText("stripe", b"sk_live_1234", version=3)
    >>> f"{stripe}"
    'SecretText(stripe)'
    >>> stripe.reveal()
    'sk_live_1234'
    """

    __slots__ = ("_value", "name", "version")

    def __init__(self, name: str, value: bytes, *, version: int = 1) -> None:
        self.name, self.version, self._value = name, version, value

    def reveal(self) -> str:
        """Its text. Raises UnicodeDecodeError for a value that is none: take `reveal_bytes`."""
        return self._value.decode()

    def reveal_bytes(self) -> bytes:
        """The bytes as they were set."""
        return self._value

    def __repr__(self) -> str:
        return f"SecretText({self.name})"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __reduce__(self) -> NoReturn:
        raise SecretExposed(f"a copy of {self!r}")

    def __copy__(self) -> SecretText:
        return self

    def __deepcopy__(self, memo: object) -> SecretText:
        return self
