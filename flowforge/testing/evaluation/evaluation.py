"""Running a suite: every case, with every model, as often as it says, a few at a time.

report = await evaluate(suite, models=["gpt-4o", "claude-sonnet-4.5"], max_cost=Decimal("1.50"))
assert report.of("gpt-4o").pass_rate.share >= 0.9
"""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import seconds
from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.models.client import get_client, set_client
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.testing.evaluation.attempt import Attempt
from flowforge.testing.evaluation.chosen_model import ChosenModel
from flowforge.testing.evaluation.engine import Engine, Finished, evaluated_functions, private_database
from flowforge.testing.evaluation.purse import Purse
from flowforge.testing.evaluation.questions import JUDGE, PROMPT, judge_input, prompt_input, register_questions
from flowforge.testing.evaluation.report import Report, report_of
from flowforge.testing.evaluation.suite import MAX_REPEATS, Case, Check, Judge, Suite
from flowforge.testing.evaluation.suite_file import with_functions
from flowforge.testing.evaluation.usage import used_by
from flowforge.testing.evaluation.verdict import CheckFailed, Verdict, expected_verdict, verdict_of

if TYPE_CHECKING:
    from flowforge.db.database import Database

DEFAULT_CONCURRENCY = 8
JUDGING_SECONDS = 300.0
NAMED_CASES = 10

OnPlan = Callable[[int, int], None]
OnAttempt = Callable[[Attempt], None]


async def evaluate(
    suite: Suite,
    *,
    models: Sequence[str] = (),
    repeats: int | None = None,
    concurrency: int = DEFAULT_CONCURRENCY,
    only: str | None = None,
    max_cost: Decimal | None = None,
    functions: Registry | None = None,
    directory: Path | None = None,
    database: Database | None = None,
    on_plan: OnPlan | None = None,
    on_attempt: OnAttempt | None = None,
    stop: asyncio.Event | None = None,
) -> Report:
    """Ask and check everything, and sum it up. What goes wrong with a case is the case's failure; nothing of it is raised.

    `models`, `repeats`: instead of the suite's. `only`: cases whose name fits this pattern (`cheap*`). `max_cost`: USD in all, judges
    included; the evaluation ends before a call that may exceed it. `functions`: where the function is registered, `@flowforge.function`'s
    unless given. `directory`: where files with check functions lie. `database`: an empty one to work in, instead of one that is made
    for it and dropped. `on_plan` is told how many answers are to come and how often each case is asked, `on_attempt` each answer
    as it comes. `stop`: set it, and the report of what was done comes at once.

    Raises InvalidInput, NotFound and NotSerializable for a suite that cannot be asked (no cases, an unknown function, a place in the
    prompt that an input does not fill) before anything is; DatabaseUnavailable.
    """
    suite = _with(with_functions(suite, directory or Path.cwd()), models, repeats, only)
    _check_limits(concurrency, max_cost)
    registry = evaluated_functions(REGISTRY if functions is None else functions, suite.function)
    register_questions(registry)
    plan = _plan(suite)
    if on_plan is not None:
        on_plan(len(plan), suite.repeats)
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(private_database()) if database is None else database
        engine = await stack.enter_async_context(Engine.open(opened, registry, skip_time=suite.skip_time))
        evaluation = _Evaluation(suite, engine, max_cost, on_attempt, stop or asyncio.Event())
        before = set_client(evaluation.models)
        stack.callback(set_client, before)
        return await evaluation.run(plan, concurrency)


def _with(suite: Suite, models: Sequence[str], repeats: int | None, only: str | None) -> Suite:
    cases = tuple(case for case in suite.cases if only is None or fnmatch.fnmatchcase(case.name, only))
    if not cases:
        if only is None:
            raise InvalidInput(f"the suite {suite.name!r} has no cases", pointer="/cases")
        names = ", ".join(case.name for case in suite.cases[:NAMED_CASES])
        missing = NotFound("case like", only)
        missing.hint = f"there are {names}" + (" …" if len(suite.cases) > NAMED_CASES else "")
        raise missing
    if repeats is not None and not 1 <= repeats <= MAX_REPEATS:
        raise InvalidInput(f"repeats must lie between 1 and {MAX_REPEATS}, not {repeats}", pointer="/repeats")
    given: dict[str, Any] = {"cases": cases}
    if models:
        given["models"] = tuple(dict.fromkeys(models))
    if repeats is not None:
        given["repeats"] = repeats
    return suite.model_copy(update=given)


def _check_limits(concurrency: int, max_cost: Decimal | None) -> None:
    if concurrency < 1:
        raise InvalidInput(f"concurrency counts from 1, not {concurrency}", pointer="/concurrency")
    if max_cost is not None and not (max_cost.is_finite() and max_cost > 0):
        raise InvalidInput(f"max_cost must be an amount above 0, not {max_cost}", pointer="/max_cost")


@dataclass(frozen=True)
class _Planned:
    """What is asked once: a case, by a model, for the `repeat`-th time."""

    case: Case
    model: str | None
    repeat: int
    function: str
    input: Any


def _plan(suite: Suite) -> list[_Planned]:
    """Everything that is to be asked. All models get a case before any gets the next, so that an early end leaves pairs."""
    models = suite.models or (None,)
    plan = []
    for case in suite.cases:
        to_json(case.input)  # refused now, not in the middle
    for repeat in range(1, suite.repeats + 1):
        for case in suite.cases:
            for model in models:
                if suite.function is not None:
                    plan.append(_Planned(case, model, repeat, suite.function, case.input))
                else:
                    plan.append(_Planned(case, model, repeat, PROMPT, _prompt_input(suite, case, str(model))))
    return plan


def _prompt_input(suite: Suite, case: Case, model: str) -> dict[str, Any]:
    try:
        return prompt_input(suite, case, model)
    except NotFound as error:
        raise InvalidInput(f"case {case.name!r} does not fill the prompt: {error.message}", pointer="/prompt") from None


class _Evaluation:
    """One evaluation under way."""

    def __init__(self, suite: Suite, engine: Engine, max_cost: Decimal | None, on_attempt: OnAttempt | None, stop: asyncio.Event) -> None:
        self._suite, self._engine, self._on_attempt, self._stop = suite, engine, on_attempt, stop
        self._tenants: list[UUID] = []
        self._attempts: list[Attempt] = []
        self._purse = Purse(max_cost, lambda: used_by(engine.database.pool, self._tenants))
        self.models = ChosenModel(get_client(), self._purse)

    async def run(self, plan: Iterable[_Planned], concurrency: int) -> Report:
        """Answer what is planned; the report is of what was answered when it ends or is ended."""
        begun = SYSTEM_CLOCK.now()
        asked = list(plan)
        left = iter(asked)
        askers = [asyncio.create_task(self._ask_on(left)) for _ in range(min(concurrency, len(asked)))]
        interrupted = asyncio.create_task(self._stop.wait())
        try:
            await self._until_done(askers, interrupted)
        finally:
            for task in (*askers, interrupted):
                task.cancel()
            await asyncio.gather(*askers, interrupted, return_exceptions=True)
        used = await used_by(self._engine.database.pool, self._tenants)
        place = {(planned.case.name, planned.model, planned.repeat): number for number, planned in enumerate(asked)}
        attempts = sorted(self._attempts, key=lambda attempt: place[attempt.case, attempt.model, attempt.repeat])
        return report_of(self._suite, attempts, planned=len(asked), used=used, stopped=self._stopped(), began_at=begun)

    async def _until_done(self, askers: Sequence[asyncio.Task[None]], interrupted: asyncio.Task[Any]) -> None:
        """Until nothing is left to ask, or somebody interrupts. Raises what an asker raised: it is a fault of ours, not of a case."""
        busy = set(askers)
        while busy and not interrupted.done():
            done, _ = await asyncio.wait([*busy, interrupted], return_when=asyncio.FIRST_COMPLETED)
            for task in done & busy:
                task.result()
            busy -= done

    def _stopped(self) -> str | None:
        if self._purse.empty.is_set():
            return "max_cost"
        return "interrupted" if self._stop.is_set() else None

    async def _ask_on(self, left: Iterable[_Planned]) -> None:
        for planned in left:
            attempt = await self._answer(planned)
            if attempt is not None:
                self._attempts.append(attempt)
                if self._on_attempt is not None:
                    self._on_attempt(attempt)
            if self._purse.empty.is_set() or self._stop.is_set():
                return

    async def _answer(self, planned: _Planned) -> Attempt | None:
        """One answer, checked; None when it had to go without a model that it, or a judge, wanted to ask."""
        own, judging = await self._tenant(), await self._tenant()
        self.models.choose(own, planned.model)
        case, checks = planned.case, self._suite.checks_of(planned.case)
        finished = await self._engine.run(
            own,
            planned.function,
            planned.input,
            events=case.events,
            timeout_seconds=seconds(self._suite.timeout),
            with_steps=any(check.step for check in checks),
        )
        attempt = Attempt(case.name, planned.model, planned.repeat, finished.output, finished.error)
        if finished.error is None:
            verdicts = await self._verdicts(case, checks, finished, judging)
            broken = next((f"{verdict.check}: {verdict.reason}" for verdict in verdicts if not verdict.made), None)
            attempt = replace(attempt, verdicts=verdicts, error=broken)
        if not self.models.refused.isdisjoint((own, judging)):
            return None
        pool = self._engine.database.pool
        return replace(attempt, used=await used_by(pool, [own]), judging=await used_by(pool, [judging]))

    async def _verdicts(self, case: Case, checks: Sequence[Check], finished: Finished, judging: UUID) -> tuple[Verdict, ...]:
        async def grade(judge: Judge, case: Case, output: Any) -> tuple[int, str]:
            graded = await self._engine.run(judging, JUDGE, judge_input(judge, case, output), timeout_seconds=JUDGING_SECONDS)
            if graded.error is not None:
                raise CheckFailed(f"the judge did not answer: {graded.error}")
            return int(graded.output["score"]), str(graded.output["reason"])

        given = [expected_verdict(case, finished.output, self._suite.compare)] if case.expects else []
        for check in checks:
            missing = _no_such_step(check, finished)
            output = finished.output if check.step is None else next((s.output for s in finished.steps if s.key == check.step), None)
            given.append(missing or await verdict_of(check, case, output, grade))
        return tuple(given)

    async def _tenant(self) -> UUID:
        """Every attempt has a tenant of its own: no cache, no event and no limit of one reaches another."""
        tenant_id = await self._engine.tenant()
        self._tenants.append(tenant_id)
        return tenant_id


def _no_such_step(check: Check, finished: Finished) -> Verdict | None:
    if check.step is None or any(step.key == check.step and step.state == "completed" for step in finished.steps):
        return None
    return Verdict(check.title, False, 0.0, f"the run has no completed step {check.step!r}")
