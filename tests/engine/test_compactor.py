"""Deltas go once a whole message stands for them, and nothing else does."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from flowforge.clock import SYSTEM_CLOCK
from flowforge.orchestrator.step_scope import current_step
from flowforge.orchestrator.steps import EngineSteps
from flowforge.orchestrator.stream import Frame, read_page
from flowforge.orchestrator.transcript import Transcript
from flowforge.orchestrator.worker import compactor as compactor_module
from flowforge.orchestrator.worker.compactor import Compactor

step = EngineSteps()


async def frames_of(engine, run_id: UUID, after: int = 0) -> list[Frame]:
    return await read_page(engine.database.pool, engine.tenant_id, "run", run_id, after)


def told(frames: list[Frame]) -> dict[str, str]:
    """The whole messages that a reader of these frames knows, by step."""
    transcript = Transcript()
    for frame in frames:
        transcript.take(frame.name, frame.data)
    return {step: message.text for (_, step), message in transcript.messages.items() if message.whole}


async def say(*pieces: str, whole: bool = True) -> None:
    for piece in pieces:
        current_step().emit("message.delta", {"text": piece})
        await asyncio.sleep(0)
    if whole:
        current_step().emit("message.completed", {"text": "".join(pieces), "reasoning": "", "tool_calls": []})


async def compact(worker) -> None:
    """As the housekeeper does, without its minute."""
    spent = worker.compactor._spent
    worker.compactor._spent = type(spent)(entry._replace(due=0.0) for entry in spent)
    while await worker.compactor.compact():
        pass


async def test_deltas_go_and_readers_end_with_the_same_messages(engine):
    worker = await engine.worker()

    @engine.function(trigger="story/told", id="tell")
    async def tell(ctx):
        await asyncio.gather(*(step.run(f"speak {n}", say, f"{n}a ", f"{n}b ", f"{n}c") for n in range(3)))
        await step.run("aside", say, "no ", "message", whole=False)

    run_id = await engine.start("story/told")
    await engine.end_of(run_id)
    before = await frames_of(engine, run_id)
    await compact(worker)
    after = await frames_of(engine, run_id)

    assert told(before) == told(after) == {f"speak {n}": f"{n}a {n}b {n}c" for n in range(3)}
    gone = {frame.seq: frame for frame in before}
    for frame in after:
        assert gone.pop(frame.seq) == frame
    assert {(frame.name, frame.data["step"][:5]) for frame in gone.values()} == {("message.delta", "speak")}
    assert len(gone) == 9
    for place in gone:  # who stands at a frame that is gone goes on from there
        assert await frames_of(engine, run_id, after=place) == [frame for frame in after if frame.seq > place]


async def test_what_was_void_goes_and_what_a_failed_step_got_to_stays(engine):
    worker = await engine.worker()
    attempts: list[int] = []

    @engine.function(trigger="story/told", id="tell", retries=1)
    async def tell(ctx):
        async def stumble() -> None:
            attempts.append(current_step().attempt)
            await say(f"try {attempts[-1]} ", "and", whole=False)
            raise ValueError("lost the thread")

        await step.run("speak", stumble)

    run_id = await engine.start("story/told")
    assert (await engine.end_of(run_id)).state == "failed"
    await compact(worker)

    deltas = [frame for frame in await frames_of(engine, run_id) if frame.name == "message.delta"]
    assert [(frame.data["attempt"], frame.data["text"]) for frame in deltas] == [(2, "try 2 "), (2, "and")]


async def test_deltas_stay_while_their_step_is_not_stored(engine, hold_back):
    worker = await engine.worker()

    @engine.function(trigger="story/told", id="tell")
    async def tell(ctx):
        await step.run("speak", say, "a", "b")

    there, gate = hold_back(lambda change: change.step is not None)
    run_id = await engine.start("story/told")
    async with asyncio.timeout(10):
        await there.wait()
    assert not worker.compactor._spent
    gate.set()
    await engine.end_of(run_id)
    assert len(worker.compactor._spent) == 1


async def test_it_takes_away_what_is_due_in_batches(engine, monkeypatch):
    monkeypatch.setattr(compactor_module, "BATCH", 10)
    run_id = UUID(int=7)
    await engine.database.pool.execute(
        "insert into flowforge.frame (tenant_id, stream_id, seq, name, data)"
        " select $1, $2, n, case when n = 13 then 'log' else 'message.delta' end, '{}' from generate_series(1, 40) n",
        engine.tenant_id, run_id,
    )  # fmt: skip
    compactor = Compactor(engine.database, grace_seconds=0.0)
    compactor.note(engine.tenant_id, run_id, [(3, 27), (30, 31)])
    compactor._grace_seconds = 1000.0
    compactor.note(engine.tenant_id, run_id, [(35, 40)])

    batches = 0
    while await compactor.compact():
        batches += 1

    left = await engine.database.pool.fetch("select seq from flowforge.frame where stream_id = $1 order by seq", run_id)
    assert [row["seq"] for row in left] == [1, 2, 13, 28, 29, *range(32, 41)]
    assert batches == 3
    assert compactor._spent[0].due > SYSTEM_CLOCK.monotonic() + 500


async def test_what_could_not_be_taken_away_is_tried_again(engine, instead, monkeypatch):
    class Away:
        async def execute(self, *_: object, **__: object) -> None:
            raise ConnectionResetError("the server closed the connection")

    compactor = Compactor(engine.database, grace_seconds=0.0)
    compactor.note(engine.tenant_id, UUID(int=7), [(1, 5)])
    with monkeypatch.context() as patch:
        patch.setattr(compactor_module, "sql", instead(drop_spent_deltas=Away()))
        with pytest.raises(ConnectionResetError):
            await compactor.compact()

    assert await compactor.compact() is True
    assert await compactor.compact() is False
