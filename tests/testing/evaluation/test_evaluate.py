"""Evaluations, run: several models side by side, checks, errors, costs and early ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

import flowforge
from flowforge import step
from flowforge.db.database import Database
from flowforge.errors import InvalidInput, ModelError, NotFound, NotSerializable
from flowforge.orchestrator.models.client import ModelRequest, get_client
from flowforge.orchestrator.registry import Registry
from flowforge.testing.evaluation import Attempt, Case, Check, Exact, Judge, Report, SentEvent, Suite, Verdict, evaluate
from flowforge.testing.evaluation.engine import OTHER_SERVER
from tests.testing.evaluation.scripted_client import ScriptedClient

Answers = Callable[..., ScriptedClient]
LEVEL = {"type": "object", "properties": {"level": {"type": "string"}}, "required": ["level"]}


def prompts(*questions: str, **more: Any) -> Suite:
    given: dict[str, Any] = {"models": ("a", "b"), "prompt": "{{input}}", **more}
    return Suite(name="prompts", cases=tuple(Case(name=question, input=question) for question in questions), **given)


def said(request: ModelRequest) -> str:
    return str(request.messages[-1]["content"])


def outputs(report: Report) -> dict[tuple[str, str | None, int], Any]:
    return {(one.case, one.model, one.repeat): one.output for one in report.attempts}


async def test_each_model_answers_for_itself_however_many_run_at_once(database: Database, functions: Registry, answers: Answers) -> None:
    @functions.function(id="risk.label")
    async def label(ctx: Any) -> str:
        return await step.ai("label", model="named-in-the-label", prompt=f"label {ctx.input}")

    @functions.function(id="risk.score")
    async def score(ctx: Any) -> list[Any]:
        pair = asyncio.gather(*(step.ai(f"score {n}", model="named-in-the-code", prompt=f"{ctx.input}") for n in (1, 2)))
        return [*await pair, await step.invoke("label", label, ctx.input)]

    client = answers(lambda request: f"{request.model} says {said(request)}")
    suite = Suite(name="s", function="risk.score", models=("a", "b", "c"), repeats=2, cases=tuple(Case(name=n, input=n) for n in "xyz"))
    report = await evaluate(suite, functions=functions, database=database, concurrency=18)

    assert len(report.attempts) == 18
    for (case, model, _), output in outputs(report).items():
        assert output == [f"{model} says {case}"] * 2 + [f"{model} says label {case}"]
    assert {request.model for request in client.asked} == {"a", "b", "c"}
    assert [summary.used.calls for summary in report.models] == [18] * 3
    assert report.used.cost == Decimal("0.54") == sum(summary.used.cost or 0 for summary in report.models)
    assert get_client() is client


async def test_without_models_the_code_has_its_own(database: Database, functions: Registry, answers: Answers) -> None:
    @functions.function(id="risk.score")
    async def score(ctx: Any) -> str:
        return await step.ai("score", model="named-in-the-code", prompt="?")

    answers(lambda request: request.model)
    report = await evaluate(Suite(name="s", function="risk.score", cases=(Case(name="x"),)), functions=functions, database=database)
    assert outputs(report) == {("x", None, 1): "named-in-the-code"}
    assert report.of(None).pass_rate.share == 1


async def test_checks_say_why_they_do_not_hold(database: Database, functions: Registry, answers: Answers) -> None:
    def is_short(output: Any, case: Case) -> tuple[float, str]:
        return 0.4, f"{case.name} is long"

    def breaks(output: Any, case: Case) -> bool:
        return bool(output["nothing"])

    async def is_fine(output: Any, case: Case) -> bool:
        return output["level"] == case.expect["level"]

    def grades(request: ModelRequest) -> Any:
        if request.model != "judge":
            return {"level": "high", "why": "dear"}
        assert "gpt" not in str(request.messages)  # a judge does not know whom it grades
        return {"reason": "it is curt", "score": 2}

    answers(grades)
    checks = (
        Check(exact=Exact(path="level", value="low")),
        Check(schema={"required": ["whom"]}),
        Check(function=is_short),
        Check(function=is_fine),
        Check(function=breaks, name="broken"),
        Check(judge=Judge(model="judge", rubric="It is kind.")),
    )
    case = Case(name="one", input={"q": "hi"}, expect={"level": "high"})
    suite = Suite(name="s", prompt="{{q}}", output=LEVEL, models=("gpt",), cases=(case,), checks=checks)
    (attempt,) = (await evaluate(suite, database=database)).attempts
    assert attempt.verdicts == (
        Verdict("expect", True, 1.0),
        Verdict("exact level", False, 0.0, 'level is "high", not "low"'),
        Verdict("schema", False, 0.0, "'whom' is a required property"),
        Verdict("is_short", False, 0.4, "one is long"),
        Verdict("is_fine", True, 1.0),
        Verdict("broken", False, 0.0, attempt.verdicts[5].reason, made=False),
        Verdict("judge judge", False, 0.25, "2 of 5: it is curt"),
    )
    assert attempt.error is not None and attempt.error.startswith("broken: KeyError: 'nothing', at test_evaluate.py:")
    assert (attempt.used.cost, attempt.judging.cost) == (Decimal("0.01"), Decimal("0.01"))


async def test_a_case_that_cannot_be_answered_fails_with_its_sentence(database: Database, functions: Registry, answers: Answers) -> None:
    @functions.function(id="shop.order", retries=0)
    async def order(ctx: Any) -> Any:
        if ctx.input == "wait":
            await step.wait_for_event("payment", event="payment/settled")
        if ctx.input == "raise":
            raise ValueError("no such order")
        if ctx.input == "hang":
            await step.run("hang", asyncio.Event().wait)
        return await step.ai("ask", model="m", prompt=ctx.input)

    def fails(request: ModelRequest) -> str:
        raise ModelError("content_filter", "it was filtered", model=request.model)

    answers(fails)
    cases = tuple(Case(name=name, input=name) for name in ("wait", "raise", "hang", "ask"))
    suite = Suite(name="s", function="shop.order", timeout="500ms", cases=cases)
    report = await evaluate(suite, functions=functions, database=database)
    assert {one.case: one.error for one in report.attempts} == {
        "wait": "it did not end within 500 ms",
        "raise": "no such order",
        "hang": "it did not end within 500 ms",
        "ask": "step 'ask' failed: it was filtered",
    }
    assert report.errors == 4 and not report.reaches(0.1)
    assert await database.pool.fetchval("select count(*) from flowforge.owner") == 0  # what hung is not left to itself


async def test_a_run_that_waits_for_what_never_comes_is_not_waited_for(database: Database, functions: Registry, answers: Answers) -> None:
    @functions.function(id="shop.order")
    async def order(ctx: Any) -> Any:
        await step.sleep("cool-down", "30d")
        paid = await step.wait_for_event("payment", event="payment/settled", match="data.id")
        return paid.data["amount"]

    answers(said)
    paid = SentEvent(name="payment/settled", data={"id": 1, "amount": 42})
    cases = (Case(name="paid", input={"id": 1}, expect=42, events=(paid,)), Case(name="unpaid", input={"id": 2}))
    suite = Suite(name="s", function="shop.order", timeout="1h", cases=cases)
    report = await asyncio.wait_for(evaluate(suite, functions=functions, database=database), 30)
    assert {one.case: (one.passed, one.error) for one in report.attempts} == {
        "paid": (True, None),
        "unpaid": (False, "it waits for the event 'payment/settled' where data.id = 2"),
    }


@pytest.mark.thorough
async def test_a_provider_that_asks_for_patience_gets_it_while_sleeps_are_skipped(
    database: Database, functions: Registry, answers: Answers
) -> None:
    asked: list[float] = []

    @functions.function(id="shop.order")
    async def order(ctx: Any) -> Any:
        if ctx.input == "sleeps":
            await step.sleep("a month and more", "40d")
        return await step.ai("ask", model="m", prompt=ctx.input)

    def busy(request: ModelRequest) -> str:
        if said(request) == "asks":
            asked.append(time.monotonic())
            if len(asked) == 1:
                raise ModelError("rate_limited", "not so fast", model="m", retry_after=0.4)
        return "fine"

    answers(busy)
    suite = Suite(name="s", function="shop.order", cases=(Case(name="asks", input="asks"), Case(name="sleeps", input="sleeps")))
    report = await evaluate(suite, functions=functions, database=database)
    assert [attempt.output for attempt in report.attempts] == ["fine", "fine"]
    assert asked[1] - asked[0] >= 0.4


async def test_time_can_be_left_alone(database: Database, functions: Registry, answers: Answers) -> None:
    @functions.function(id="shop.order")
    async def order(ctx: Any) -> None:
        await step.sleep("a day", "24h")

    answers(said)
    suite = Suite(name="s", function="shop.order", timeout="300ms", skip_time=False, cases=(Case(name="x"),))
    (attempt,) = (await evaluate(suite, functions=functions, database=database)).attempts
    assert attempt.error == "it did not end within 300 ms"


async def test_nothing_is_started_but_what_is_asked(database: Database, functions: Registry, answers: Answers) -> None:
    mails: list[str] = []

    @functions.function(id="shop.order", trigger="order/created", singleton="skip")
    async def order(ctx: Any) -> str:
        await step.send_event("tell", "order/shipped", {})
        await step.run("tell from outside", flowforge.send, "order/shipped", {})
        return "done"

    @functions.function(id="shop.mail", trigger="order/shipped")
    async def mail(ctx: Any) -> None:
        mails.append("sent")

    answers(said)
    suite = Suite(name="s", function="shop.order", repeats=4, cases=(Case(name="x"),))
    report = await evaluate(suite, functions=functions, database=database)
    assert [one.error for one in report.attempts] == [None] * 4
    assert mails == []


async def test_a_step_can_be_checked_instead_of_the_end(database: Database, functions: Registry, answers: Answers) -> None:
    @functions.function(id="shop.order")
    async def order(ctx: Any) -> str:
        await step.ai("fraud", model="m", prompt="?", output=LEVEL)
        return "shipped"

    answers(lambda request: {"level": "low"})
    checks = (Check(exact=Exact(path="level", value="low"), step="fraud"), Check(exact=Exact(value=1), step="frod"))
    suite = Suite(name="s", function="shop.order", cases=(Case(name="x"),), checks=checks)
    (attempt,) = (await evaluate(suite, functions=functions, database=database)).attempts
    assert [verdict.passed for verdict in attempt.verdicts] == [True, False]
    assert attempt.verdicts[1].reason == "the run has no completed step 'frod'"


async def test_what_is_flaky_and_what_is_better_is_said(database: Database, answers: Answers) -> None:
    moods = iter([True, False])

    def moody(request: ModelRequest) -> str:
        return "yes" if request.model == "b" or (said(request) == "1" and next(moods)) else "no"

    answers(moody)
    suite = prompts(*"12345678", checks=(Check(exact=Exact(value="yes")),), repeats=2)
    report = await evaluate(suite, database=database, concurrency=1)
    first, second = report.models
    assert first.flaky == ("1",) and second.flaky == ()
    assert (first.pass_rate.share, second.pass_rate.share) == (1 / 16, 1.0)
    (comparison,) = report.comparisons
    assert (comparison.model, comparison.baseline, comparison.cases, comparison.finding) == ("b", "a", 8, "better")


async def test_it_ends_before_a_call_that_may_cost_too_much(database: Database, answers: Answers) -> None:
    client = answers(said)
    told: list[Attempt] = []
    suite = prompts(*"abcdefghij", repeats=2)
    report = await evaluate(suite, database=database, max_cost=Decimal("0.075"), concurrency=6, on_attempt=told.append)
    assert report.stopped == "max_cost" and not report.reaches(0)
    assert len(client.asked) == 7
    assert report.used.cost == Decimal("0.07")
    assert len(report.attempts) == 7 and len(told) == 7  # what was paid for counts
    assert all(attempt.error is None for attempt in report.attempts)  # who went without a model is not counted as wrong


async def test_a_call_that_was_never_answered_opens_the_purse_to_nobody(database: Database, answers: Answers) -> None:
    losing = [True]

    def answer(request: ModelRequest) -> object:
        if losing:
            losing.pop()
            raise ModelError("bad_request", "lost on the way", model=request.model, answer_lost=True)
        return said(request)

    answers(answer)
    report = await evaluate(prompts(*"abcdefghij"), database=database, max_cost=Decimal("0.035"), concurrency=6)
    assert (report.stopped, report.used.cost, report.used.unpriced) == ("max_cost", Decimal("0.03"), 0)


async def test_judges_are_paid_from_the_same_purse(database: Database, answers: Answers) -> None:
    client = answers(lambda request: {"reason": "fine", "score": 5} if request.model == "judge" else "yes")
    suite = prompts("a", "b", checks=(Check(judge=Judge(model="judge", rubric="Good.")),))
    report = await evaluate(suite, database=database, max_cost=Decimal("0.05"), concurrency=1)
    assert (len(client.asked), report.stopped, len(report.attempts)) == (5, "max_cost", 2)


async def test_calls_without_a_price_are_counted_and_stop_nothing(database: Database, answers: Answers) -> None:
    answers(said, cost=None)
    report = await evaluate(prompts("a", "b"), database=database, max_cost=Decimal("0.01"))
    assert (report.stopped, report.used.calls, report.used.unpriced, report.used.cost) == (None, 4, 4, None)


async def test_an_interrupted_evaluation_reports_what_was_answered(database: Database, functions: Registry, answers: Answers) -> None:
    stop = asyncio.Event()

    @functions.function(id="shop.order")
    async def order(ctx: Any) -> str:
        if ctx.input == "second":
            await step.run("hang", asyncio.Event().wait)
        return "done"

    answers(said)
    suite = Suite(name="s", function="shop.order", cases=(Case(name="first", input="first"), Case(name="second", input="second")))
    report = await evaluate(suite, functions=functions, database=database, on_attempt=lambda _: stop.set(), stop=stop, concurrency=2)
    assert report.stopped == "interrupted"
    assert [attempt.case for attempt in report.attempts] in (["first"], [])
    assert report.planned == 2


async def test_only_some_cases_and_other_models_can_be_asked(database: Database, answers: Answers) -> None:
    answers(said)
    report = await evaluate(prompts("cheap 1", "cheap 2", "dear"), database=database, models=["c"], only="cheap*", repeats=2)
    assert sorted(outputs(report)) == [(f"cheap {n}", "c", repeat) for n in (1, 2) for repeat in (1, 2)]


async def test_a_suite_that_cannot_be_asked_is_refused_before_anything_is(
    database: Database, functions: Registry, answers: Answers
) -> None:
    @functions.function(id="order.process_order")
    async def process_order(ctx: Any) -> None: ...

    client = answers(said)
    with pytest.raises(NotFound, match=r"no function 'order.proces_order'; did you mean order.process_order"):
        await evaluate(Suite(name="s", function="order.proces_order", cases=(Case(name="x"),)), functions=functions, database=database)
    unfilled = Suite(name="s", prompt="{{totl}}", models=("m",), cases=(Case(name="x", input={"total": 1}),))
    with pytest.raises(InvalidInput, match=r"case 'x' does not fill the prompt: there is no field 'totl'; did you mean total"):
        await evaluate(unfilled, database=database)
    with pytest.raises(NotSerializable):
        await evaluate(Suite(name="s", prompt="?", models=("m",), cases=(Case(name="x", input=object()),)), database=database)
    with pytest.raises(NotFound, match=r"no case like 'x\*'"):
        await evaluate(prompts("a"), database=database, only="x*")
    for wrong in ({"repeats": 0}, {"concurrency": 0}, {"max_cost": Decimal(0)}):
        with pytest.raises(InvalidInput):
            await evaluate(prompts("a"), database=database, **wrong)  # type: ignore[arg-type]
    assert client.asked == []


async def test_only_the_fields_that_are_compared_must_be_equal(database: Database, answers: Answers) -> None:
    answers(lambda request: {"level": "low", "why": "it is cheap"})
    case = Case(name="a", input="a", expect={"level": "low", "why": "recorded once"})
    for compare, reason in ((None, 'why is "it is cheap", not "recorded once"'), (("level",), None), ((), None)):
        suite = Suite(name="s", prompt="{{input}}", output=LEVEL, models=("m",), cases=(case,), compare=compare)
        (attempt,) = (await evaluate(suite, database=database)).attempts
        assert [verdict.reason for verdict in attempt.verdicts] == [reason]


@pytest.mark.thorough
async def test_it_works_in_a_database_of_its_own_that_is_gone_afterwards(
    server_url: str, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OTHER_SERVER, server_url)
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:9/production")  # never asked
    answers(said)
    connection = await asyncpg.connect(server_url)
    names = "select count(*) from pg_database where datname like 'flowforge_evaluation_%'"
    seen: list[int] = []

    async def is_there(output: Any, case: Case) -> bool:
        seen.append(await connection.fetchval(names))
        return True

    try:
        report = await evaluate(prompts("a", models=("m",), checks=(Check(function=is_there),)))
        assert report.of("m").pass_rate.share == 1
        assert [*seen, await connection.fetchval(names)] == [1, 0]
    finally:
        await connection.close()
