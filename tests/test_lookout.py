"""Looking again and again: a look that fails is told, and is not the last."""

from __future__ import annotations

import asyncio
import logging

from flowforge.lookout import looking

log = logging.getLogger("flowforge.tests")


async def test_a_look_says_when_the_next_is_and_one_that_fails_is_told_and_followed_by_another(caplog):
    answers, pauses, enough = iter((3.0, OSError("the database is away"), 7.0)), [], asyncio.Event()

    async def look() -> float:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    async def rest(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            enough.set()
            await asyncio.Event().wait()

    async with looking(look, name="lookout", log=log, trouble="nothing.seen", every_seconds=15, rest=rest):
        await enough.wait()
        assert any(task.get_name() == "lookout" for task in asyncio.all_tasks())

    assert pauses == [3.0, 15, 7.0]
    assert [(record.message, record.error) for record in caplog.records] == [("nothing.seen", "OSError('the database is away')")]
    assert not any(task.get_name() == "lookout" for task in asyncio.all_tasks())
