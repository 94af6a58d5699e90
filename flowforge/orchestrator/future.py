"""What a step call returns: a future that knows whether anybody awaited it, and says so when it is used without."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any, NoReturn, TypeVar

from flowforge.errors import StepMisuse

R = TypeVar("R")


class StepFuture(asyncio.Future[R]):
    """The result of a step, to be awaited. Using it as if it were the result is refused with a sentence that says so."""

    step: str = ""
    unawaited: set[StepFuture[Any]] | None = None  # where it stands until somebody awaits it

    def __await__(self) -> Generator[Any, None, R]:
        self._seen()
        return super().__await__()

    __iter__ = __await__

    def add_done_callback(self, fn: Callable[..., object], **options: Any) -> None:
        self._seen()
        super().add_done_callback(fn, **options)

    def __getitem__(self, _key: object) -> NoReturn:
        raise self.misuse()

    def _seen(self) -> None:
        if self.unawaited is not None:
            self.unawaited.discard(self)
            self.unawaited = None

    def misuse(self) -> StepMisuse:
        return StepMisuse(
            f'step "{self.step}" was called without await: its result is not there yet', hint=f'write  await step…("{self.step}", …)'
        )
