"""A model call's way: guards, kept answers, fallbacks, a provider's pace, what it may cost; and that its money is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from flowforge.errors import GuardRefused, ModelError
from flowforge.orchestrator.models import prices
from flowforge.orchestrator.models.call import call_embedding, call_model
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, OnDelta, TokenUsage, set_client
from flowforge.orchestrator.models.model_limit import ModelLimit, set_model_limit
from flowforge.orchestrator.models.policy import CallPolicy
from flowforge.orchestrator.models.provider_key import fingerprint
from flowforge.steps import step
from flowforge.testing.harness import Forge
from flowforge.testing.plugin import forge, forge_database_url, forge_workplace

__all__ = ["forge", "forge_database_url", "forge_workplace"]

ASKED = ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": "How risky?"}], stream=False)


class ScriptedClient:
    """Answers in words that the test chooses, by model; what it raises likewise."""

    def __init__(self) -> None:
        self.asked: list[ModelRequest] = []
        self.answer: Callable[[ModelRequest], str] = lambda request: f"answer {len(self.asked)}"
        self.tokens = TokenUsage(input=100, output=10)

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        self.asked.append(request)
        text = self.answer(request)
        return ModelReply(text=text, finish_reason="stop", model=request.model, provider="openai", tokens=self.tokens)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        return EmbeddingReply(vectors=[[0.5]] * len(request.texts), model=request.model, provider="openai", tokens=TokenUsage(input=7))

    async def close(self) -> None: ...

    @property
    def models(self) -> list[str]:
        return [request.model for request in self.asked]


@pytest.fixture
def model() -> Iterator[ScriptedClient]:
    client = ScriptedClient()
    before = set_client(client)
    yield client
    set_client(before)


def fails(kind: Any, *models: str, **about: Any) -> Callable[[ModelRequest], str]:
    """These models fail so, the others answer."""

    def answer(request: ModelRequest) -> str:
        if request.model in models:
            raise ModelError(kind, f"{request.model} fails", model=request.model, **about)
        return f"{request.model} answers"

    return answer


async def called(forge: Forge, policy: CallPolicy, request: ModelRequest = ASKED, *, retries: int = 0, times: int = 1) -> Any:
    """The latest of so many runs that make this one call."""

    name = f"ask/{len(list(forge.registry))}"

    @forge.function(trigger=name, id=name.replace("/", "."), retries=retries)
    async def ask(ctx: Any) -> str:
        async def body() -> str:
            return (await call_model(request, policy)).text

        return await step.run("ask", body)

    for _ in range(times):
        sent = await forge.send(name)
        await forge.work_until_idle()
    return await forge.run(sent)


async def usage(forge: Forge) -> list[Any]:
    return list(await forge.database.pool.fetch("select * from flowforge.usage order by created_at, usage_id"))


async def frames(forge: Forge, name: str) -> list[str]:
    return [row["data"] for row in await forge.database.pool.fetch("select data from flowforge.frame where name = $1 order by seq", name)]


# ── fallback ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.thorough
async def test_the_next_model_is_asked_when_the_first_one_is_overloaded(forge: Forge, model: ScriptedClient) -> None:
    model.answer = fails("overloaded", "gpt-4o")
    run = await called(forge, CallPolicy(fallback=("gpt-4o-mini", "o3")))

    assert (run.output, model.models) == ("gpt-4o-mini answers", ["gpt-4o", "gpt-4o-mini"])
    (row,) = await usage(forge)
    assert (row["model"], row["cost"]) == ("gpt-4o-mini", prices.price("gpt-4o-mini", "openai", model.tokens).cost)
    (voided,) = await frames(forge, "step.retrying")
    assert '"fallback": "gpt-4o-mini"' in voided


async def test_a_wrong_key_is_no_reason_to_ask_another_model(forge: Forge, model: ScriptedClient) -> None:
    model.answer = fails("authentication", "gpt-4o")
    run = await called(forge, CallPolicy(fallback=("gpt-4o-mini",)))

    assert (run.state, model.models) == ("failed", ["gpt-4o"])


async def test_on_which_errors_another_model_is_asked_is_a_choice(forge: Forge, model: ScriptedClient) -> None:
    model.answer = fails("content_filter", "gpt-4o")
    run = await called(forge, CallPolicy(fallback=("gpt-4o-mini",), fallback_on=frozenset({"content_filter"})))

    assert run.output == "gpt-4o-mini answers"


async def test_a_lost_answer_is_told_though_the_next_model_answers(forge: Forge, model: ScriptedClient) -> None:
    model.answer = fails("cut_stream", "gpt-4o", answer_lost=True)
    await called(forge, CallPolicy(fallback=("gpt-4o-mini",)))

    assert [(row["model"], row["outcome"]) for row in await usage(forge)] == [("gpt-4o", "unknown"), ("gpt-4o-mini", "answered")]


async def test_when_all_models_fail_the_last_ones_error_is_the_steps(forge: Forge, model: ScriptedClient) -> None:
    model.answer = fails("server_error", "gpt-4o", "gpt-4o-mini")
    run = await called(forge, CallPolicy(fallback=("gpt-4o-mini",)))

    assert "gpt-4o-mini fails" in run.error["message"]


async def test_a_model_that_is_left_alone_does_not_hold_up_one_that_may_answer_instead(forge: Forge, model: ScriptedClient) -> None:
    model.answer = fails("rate_limited", "gpt-4o", retry_after=60.0)
    policy = CallPolicy(fallback=("gpt-4o-mini",))
    for _ in range(2):
        assert (await called(forge, policy)).output == "gpt-4o-mini answers"

    assert model.models == ["gpt-4o", "gpt-4o-mini", "gpt-4o-mini"]


# ── kept answers ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_same_question_is_answered_from_what_was_kept(forge: Forge, model: ScriptedClient) -> None:
    run = await called(forge, CallPolicy(cache_seconds=3600), times=2)

    assert (run.output, len(model.asked), run.cost) == ("answer 1", 1, Decimal(0))
    first, second = await usage(forge)
    assert (second["outcome"], second["cost"], second["saved_cost"], second["input_tokens"]) == ("cached", 0, first["cost"], 0)


async def test_an_answer_that_is_too_old_is_asked_for_again(forge: Forge, model: ScriptedClient) -> None:
    await called(forge, CallPolicy(cache_seconds=60))
    await forge.clock.advance("2m")
    run = await called(forge, CallPolicy(cache_seconds=60))

    assert (run.output, len(model.asked)) == ("answer 2", 2)


async def test_an_answer_that_does_not_fit_is_not_kept(forge: Forge, model: ScriptedClient) -> None:
    model.answer = lambda request: "no json" if len(model.asked) == 1 else '{"ok": true}'

    @forge.function(trigger="fit", id="test.fit", retries=0)
    async def fit(ctx: Any) -> Any:
        asked: dict[str, Any] = {
            "model": "gpt-4o",
            "prompt": "?",
            "output": {"type": "object"},
            "repairs": 0,
            "cache": "1h",
            "stream": False,
        }
        return await step.ai("fit", **asked)

    ends = [(await forge.wait_for(await forge.send("fit"), "completed", "failed")).state for _ in range(3)]
    assert (ends, len(model.asked)) == (["failed", "completed", "completed"], 2)


@pytest.mark.parametrize(
    "other",
    [{"settings": {"temperature": 0.3}}, {"messages": [{"role": "user", "content": "How risky!"}]}, {"model": "gpt-4o-mini"}],
    ids=["setting", "message", "model"],
)
async def test_another_question_is_not(forge: Forge, model: ScriptedClient, other: dict[str, Any]) -> None:
    await called(forge, CallPolicy(cache_seconds=60))
    await called(forge, CallPolicy(cache_seconds=60), ASKED.model_copy(update=other))

    assert len(model.asked) == 2


# ── guards ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_input_guard_changes_what_is_sent(forge: Forge, model: ScriptedClient) -> None:
    def calm(request: ModelRequest) -> ModelRequest:
        return request.model_copy(update={"messages": [{"role": "user", "content": "How safe?"}]})

    await called(forge, CallPolicy(input_guards=(calm,)))

    assert model.asked[0].messages[0]["content"] == "How safe?"


async def test_a_guard_that_refuses_sends_nothing_and_fails_the_step_at_once(forge: Forge, model: ScriptedClient) -> None:
    async def refuse(request: ModelRequest) -> None:
        raise GuardRefused("names a customer")

    run = await called(forge, CallPolicy(input_guards=(refuse,)), retries=3)

    assert (run.state, model.asked) == ("failed", [])
    assert "names a customer" in run.error["message"]


async def test_an_output_guard_sees_the_reply_and_its_usage_counts(forge: Forge, model: ScriptedClient) -> None:
    def shout(reply: ModelReply) -> ModelReply:
        return reply.model_copy(update={"text": reply.text.upper()})

    run = await called(forge, CallPolicy(output_guards=(shout,)))

    assert run.output == "ANSWER 1"
    assert len(await usage(forge)) == 1


# ── what it may cost, and how long it may be ─────────────────────────────────────────────────────────────────────────


async def test_a_call_that_may_cost_more_than_its_maximum_is_not_sent(forge: Forge, model: ScriptedClient) -> None:
    request = ASKED.model_copy(update={"settings": {"max_tokens": 1000}})
    run = await called(forge, CallPolicy(cost_max=Decimal("0.01")), request, retries=3)

    assert (run.state, model.asked) == ("failed", [])
    assert "may cost 0.0100175 USD, and max_cost is 0.01" in run.error["message"]
    assert (await called(forge, CallPolicy(cost_max=Decimal("0.02")), request)).state == "completed"


async def test_a_prompt_beyond_the_context_window_is_not_sent(forge: Forge, model: ScriptedClient) -> None:
    request = ASKED.model_copy(update={"messages": [{"role": "user", "content": "word " * 150_000}]})
    run = await called(forge, CallPolicy(), request, retries=3)

    assert (run.state, model.asked) == ("failed", [])
    assert "and gpt-4o takes 128,000" in run.error["message"]


# ── a provider's pace ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_a_provider_asks_of_one_run_all_runs_heed(forge: Forge, model: ScriptedClient) -> None:
    model.answer = fails("rate_limited", "gpt-4o", retry_after=60.0)
    await called(forge, CallPolicy())
    model.answer = lambda request: "answer"
    run = await called(forge, CallPolicy())

    assert (run.state, len(model.asked)) == ("sleeping", 1)
    await forge.clock.advance("2m")
    run = await forge.wait_for(run.id, "completed")
    assert (run.output, len(model.asked)) == ("answer", 2)


async def test_another_model_or_key_is_not_held_up_by_it(forge: Forge, model: ScriptedClient) -> None:
    model.answer = fails("rate_limited", "gpt-4o", retry_after=60.0)
    await called(forge, CallPolicy())
    run = await called(forge, CallPolicy(), ASKED.model_copy(update={"model": "gpt-4o-mini"}))

    assert run.state == "completed"


async def test_waiting_for_a_provider_counts_as_no_attempt(forge: Forge, model: ScriptedClient) -> None:
    model.answer = fails("rate_limited", "gpt-4o", retry_after=60.0)
    await called(forge, CallPolicy())
    model.answer = lambda request: "answer"
    forge.clock.auto_skip = True
    run = await called(forge, CallPolicy())

    (attempt,) = await forge.database.pool.fetch("select attempt, failures from flowforge.step where state = 2")
    assert (run.state, attempt["attempt"], attempt["failures"]) == ("completed", 1, None)


async def test_tokens_per_minute_are_shared_by_all_runs(forge: Forge, model: ScriptedClient) -> None:
    await set_model_limit(forge.database, forge.person, ModelLimit("gpt-4o", tokens_per_minute=6000))
    request = ASKED.model_copy(update={"settings": {"max_tokens": 1990}})
    model.tokens = TokenUsage(input=10, output=1990)
    run = await called(forge, CallPolicy(), request, times=3)

    assert len(model.asked) == 1  # a call of 2,000 tokens uses up what may be used at once
    assert run.state == "sleeping"
    for _ in range(30):
        await forge.clock.advance("5s")
        await forge.work_until_idle()
    assert len(model.asked) == 3


async def test_tokens_that_were_not_used_give_time_back(forge: Forge, model: ScriptedClient) -> None:
    await set_model_limit(forge.database, forge.person, ModelLimit("gpt-4o", tokens_per_minute=6000))
    request = ASKED.model_copy(update={"settings": {"max_tokens": 3000}})
    model.tokens = TokenUsage(input=10, output=10)
    run = await called(forge, CallPolicy(), request, times=3)

    assert (run.state, len(model.asked)) == ("completed", 3)


async def test_vectors_are_paid_for_too(forge: Forge, model: ScriptedClient) -> None:
    @forge.function(trigger="embed", id="test.embed")
    async def embed(ctx: Any) -> list[list[float]]:
        async def body() -> list[list[float]]:
            return (await call_embedding(EmbeddingRequest(model="text-embedding-3-small", texts=("a", "b")))).vectors

        return await step.run("embed", body)

    run = await forge.wait_for(await forge.send("embed"), "completed")
    (row,) = await usage(forge)
    assert (run.output, row["kind"], row["input_tokens"]) == ([[0.5], [0.5]], "embedding", 7)
    assert row["cost"] == prices.price("text-embedding-3-small", "openai", TokenUsage(input=7)).cost


def test_a_key_is_told_by_its_fingerprint_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-key")
    told = fingerprint("openai", {})
    assert told.startswith("openai:")
    assert "very-secret" not in told
    assert told != fingerprint("openai", {"api_key": "sk-another"})
