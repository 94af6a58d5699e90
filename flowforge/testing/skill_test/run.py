"""Testing a skill: all cases of its `tests/`, as an evaluation in a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from flowforge.errors import InvalidInput, SandboxUnavailable
from flowforge.orchestrator.models.client import set_client
from flowforge.orchestrator.registry import Registry
from flowforge.sandbox.sandbox import Sandbox
from flowforge.skills.publish_skills import publish_skills
from flowforge.testing.evaluation.engine import private_database
from flowforge.testing.evaluation.evaluation import OnAttempt, OnPlan, evaluate
from flowforge.testing.evaluation.suite import Case, Suite
from flowforge.testing.skill_test.cases import SkillCase, read_cases
from flowforge.testing.skill_test.checks import checks_of
from flowforge.testing.skill_test.recording import Recording
from flowforge.testing.skill_test.trial import FUNCTION_ID, register_trial

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.skills.skill import Skill
    from flowforge.testing.evaluation.report import Report

APP = "flowforge-skill-test"


async def try_skill(
    skill: Skill,
    *,
    models: Sequence[str] = (),
    judge: str | None = None,
    repeats: int = 1,
    only: str | None = None,
    max_cost: Decimal | None = None,
    database: Database | None = None,
    on_plan: OnPlan | None = None,
    on_attempt: OnAttempt | None = None,
) -> tuple[Report, list[str]]:
    """Ask and check every case, of the recording or of `models`; the report, and the names of cases that this machine cannot run.

    `judge`: the model that judges by the cases' rubrics; the first of `models` unless given, nobody against the recording. Raises
    InvalidInput for a skill without tests, or one that has a case without a recording where one is needed.
    """
    cases = read_cases(skill)
    able = [case for case in cases if case.needs is None or await _sandboxed()]
    if not able:
        raise InvalidInput(
            f"every case of {skill.name} runs code, which needs the sandbox", hint="flowforge doctor says what it lacks here"
        )
    recording = None if models else Recording(able)
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(private_database()) if database is None else database
        await publish_skills(opened.pool, APP, [skill])
        registry = Registry()
        register_trial(registry, skill.name, able)
        if recording is not None:
            before = set_client(recording)
            stack.callback(set_client, before)
        await asyncio.to_thread(__import__, "flowforge.agents.loop")
        report = await evaluate(
            _suite(skill.name, able, judge or (models[0] if models else None)),
            models=models,
            repeats=repeats,
            only=only,
            max_cost=max_cost,
            functions=registry,
            directory=Path.cwd(),
            database=opened,
            on_plan=on_plan,
            on_attempt=on_attempt,
        )
    return report, [case.name for case in cases if case not in able]


def _suite(name: str, cases: Sequence[SkillCase], judge: str | None) -> Suite:
    return Suite(
        name=f"skill {name}",
        function=FUNCTION_ID,
        cases=tuple(
            Case(name=case.name, input={"case": place, "asked": case.input}, checks=tuple(checks_of(case.expect, judge)))
            for place, case in enumerate(cases)
        ),
    )


async def _sandboxed() -> bool:
    try:
        await Sandbox().check()
    except SandboxUnavailable:
        return False
    return True
