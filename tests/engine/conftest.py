"""An engine in this process: its own registry, real workers on the test database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.db.database import Database
from flowforge.db.queries import load_queries
from flowforge.durations import Duration
from flowforge.durations import seconds as seconds_of
from flowforge.orchestrator.change import Change
from flowforge.orchestrator.event import AcceptedEvent, NewEvent, send_events
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.run import FINAL_STATES, RunView, StepView, find_run, list_steps
from flowforge.orchestrator.worker import Worker
from flowforge.orchestrator.worker import committer as committer_module
from flowforge.orchestrator.worker.flush import Flush

sql = load_queries("flowforge.orchestrator")

# Every test of the engine must hold as well where each await on a step gives the run back: these always, the rest thoroughly.
ALSO_SUSPENDING = {
    "test_steps_run_in_order_and_in_parallel_and_their_values_come_back",
    "test_a_failing_step_is_retried_and_its_attempts_are_kept",
    "test_a_step_that_gives_up_raises_in_the_function_which_may_catch_it",
    "test_a_wait_looks_back_to_the_start_of_the_run_and_takes_each_event_once",
    "test_a_wait_times_out_with_a_timeout_error",
    "test_a_child_run_returns_its_output_and_its_failure",
    "test_an_event_sent_by_a_step_is_sent_once",
    "test_a_task_that_a_library_starts_in_between_shifts_nobody",
    "test_suspension_cannot_be_swallowed_and_decides_nothing",
    "test_a_sibling_in_mid_effect_is_finished_before_the_run_leaves",
    "test_a_cancelled_run_stops_its_body_and_runs_its_finally_blocks",
}
STRAIGHT_ONLY = {
    # count how often the function's own code was executed
    "test_branches_that_reuse_names_get_their_own_results_in_every_replay",
    "test_the_first_execution_gets_what_a_replay_gets",
    "test_a_task_factory_that_is_there_already_is_kept",
    "test_typed_values_go_in_and_come_out_typed_on_the_first_execution_and_on_a_replay",
    "test_a_step_costs_one_statement",
    "test_time_chance_and_ids_are_the_same_in_a_replay",
    "test_the_recorded_time_is_the_databases",
    "test_a_user_step_of_the_same_name_is_another_step",
    "test_a_function_that_would_not_fail_again_stays_failed",
    "test_the_handler_runs_durably_with_the_error_before_the_run_fails",
    "test_steps_runs_and_commits_are_counted_once_they_are_stored",
    "test_ten_thousand_items_are_few_flushes_few_tasks_and_a_quick_replay",
    # go by the order or the moment of things within one execution
    "test_priority_holds_at_a_gate",
    "test_a_plain_await_beside_a_wait_keeps_the_run_for_a_moment",
    "test_other_items_than_recorded_are_a_mismatch",
    "test_what_began_before_the_step_had_its_result_is_reused_and_what_followed_is_not",
    "test_a_run_does_not_leave_between_the_taking_off_of_its_wake_and_the_look",
    "test_a_cancelled_run_comes_to_rest_however_often_its_worker_looks",
    "test_a_heavy_step_takes_more_of_the_limit_and_is_not_passed_by_light_ones",
    # about admission, not about replay
    "test_both_keep_what_they_promise",
    # the function does something else at each execution
    "test_other_arguments_under_the_same_code_are_a_mismatch_and_across_versions_a_warning",
    "test_another_kind_under_the_same_key_is_a_loud_mismatch",
    # a body goes on only once the function does: it is cut off, and run again
    "test_an_event_reaches_a_branch_while_another_one_is_still_working",
    "test_a_wake_is_taken_off_before_the_look",
    "test_a_wake_whose_taking_off_was_not_answered_is_put_on_again",
    "test_a_flush_answers_that_the_run_was_woken",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    name = metafunc.function.__name__
    if "engine" in metafunc.fixturenames and name not in STRAIGHT_ONLY:
        marks = () if name in ALSO_SUSPENDING else (pytest.mark.long,)
        ways = [pytest.param(False, id="straight"), pytest.param(True, id="suspending", marks=marks)]
        metafunc.parametrize("engine", ways, indirect=True)


class Engine:
    """What engine tests need: register, send, work, look."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self.database, self.tenant_id = database, tenant_id
        self.operator = Principal(tenant_id, "person", "mira")
        self.registry = Registry()
        self.function = self.registry.function
        self.workers: list[Worker] = []
        self.suspending = False

    async def worker(self, **options: Any) -> Worker:
        settings = {
            "backoff": Backoff(0.001, 0.001),
            "grace_seconds": 5.0,
            "linger_seconds": 0.2,
            "always_suspend": self.suspending,
            **options,
        }
        worker = Worker(self.database, settings.pop("registry", self.registry), **settings)
        await worker.start()
        self.workers.append(worker)
        return worker

    async def generation(self, *functions: str) -> UUID:
        """A worker that is only a row: it never beats, and has no backend."""
        worker_id = ids.new_id()
        await sql.begin_generation.execute(self.database.pool, worker_id=worker_id, name="test", functions=list(functions))
        return worker_id

    async def stop(self, worker: Worker) -> None:
        self.workers.remove(worker)
        await worker.stop()

    async def send(self, name: str, data: Any = None, key: str | None = None) -> AcceptedEvent:
        await publish_functions(self.database.pool, self.registry, app="app")
        bell = self.workers[0].bell if self.workers else None
        (accepted,) = await send_events(self.database, self.tenant_id, [NewEvent(name, data, key=key)], bell=bell)
        return accepted

    async def start(self, name: str, data: Any = None) -> UUID:
        """Send an event and return the id of the run that it started."""
        accepted = await self.send(name, data)
        assert accepted.run_ids, f"nothing listens to {name}"
        return accepted.run_ids[0]

    async def run(self, run_id: UUID) -> RunView:
        return await find_run(self.database.pool, self.tenant_id, run_id.hex)

    async def steps(self, run_id: UUID) -> dict[str, StepView]:
        return {step.key: step for step in await list_steps(self.database.pool, self.tenant_id, run_id)}

    async def end_of(self, run_id: UUID, seconds: float = 15) -> RunView:
        """The run, once it has ended."""
        return await self.until(run_id, lambda view: view.state in FINAL_STATES, seconds)

    async def later(self, duration: Duration) -> None:
        """The database's clock is moved on, and every worker looks around."""
        await self.advance(seconds_of(duration))

    async def state(self, run_id: UUID, *states: str, seconds: float = 15) -> RunView:
        return await self.until(run_id, lambda view: view.state in states, seconds)

    async def until(self, run_id: UUID, holds: Callable[[RunView], bool], seconds: float = 15) -> RunView:
        async with asyncio.timeout(seconds):
            while not holds(view := await self.run(run_id)):
                await asyncio.sleep(0.01)
        return view

    async def do(self, name: str, data: Any = None, seconds: float = 15) -> RunView:
        """Send an event, wait for its run's end, return it."""
        if not self.workers:
            await self.worker()
        return await self.end_of(await self.start(name, data), seconds)

    async def advance(self, seconds: float) -> None:
        """Move the database's clock on."""
        await self.database.pool.execute("update flowforge.clock set skew = skew + make_interval(secs => $1)", float(seconds))
        for worker in self.workers:
            worker.sweeper.hurry()

    async def fetchval(self, query: str, *args: Any) -> Any:
        return await self.database.pool.fetchval(query, *args)


@pytest.fixture
async def engine(request: pytest.FixtureRequest, database: Database, tenant_id: UUID) -> AsyncIterator[Engine]:
    engine = Engine(database, tenant_id)
    engine.suspending = getattr(request, "param", False)
    yield engine
    for worker in engine.workers:
        await worker.stop(grace_seconds=1)


class Instead:
    """The room's queries, but for one."""

    def __init__(self, **replaced: Any) -> None:
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(sql, name)


@pytest.fixture
def instead() -> type[Instead]:
    """Make the room's queries with some of them replaced: `instead(claim_runs=…)`."""
    return Instead


@pytest.fixture
def hold_back(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[asyncio.Event, asyncio.Event]]:
    """Let flushes for which `which(change)` holds wait: an event that one is there, and one that lets it go."""

    def hold(which: Callable[[Change], bool]) -> tuple[asyncio.Event, asyncio.Event]:
        fetch, there, gate = committer_module._fetch, asyncio.Event(), asyncio.Event()

        async def slow(connection: Any, flush: Flush) -> list[Any]:
            if any(which(change) for change in flush.changes):
                there.set()
                await gate.wait()
            return await fetch(connection, flush)

        monkeypatch.setattr(committer_module, "_fetch", slow)
        return there, gate

    return hold
