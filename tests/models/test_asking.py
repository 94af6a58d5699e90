"""What `step.ai` and `step.embed` can be told, in real runs: pictures, documents, settings, fields that no model is to see."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from flowforge import Attachment, judge
from flowforge.errors import ModelError, StepError
from flowforge.orchestrator.context import Context
from flowforge.orchestrator.models import call
from flowforge.orchestrator.models import vectors as vector_steps
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, TokenUsage, set_client
from flowforge.orchestrator.models.policy import CallPolicy
from flowforge.orchestrator.stream import read_page
from flowforge.steps import step
from flowforge.testing.cassettes import NoModelCalls
from flowforge.testing.harness import Forge
from flowforge.testing.plugin import forge, forge_database_url, forge_workplace
from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider, ToolCall

__all__ = ["forge", "forge_database_url", "forge_workplace"]

pytestmark = pytest.mark.usefixtures("client")

PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)


async def run_of(forge: Forge, handler: Any, data: Any = None) -> Any:
    """The run of this function, ended, and each of its steps was found again by a replay."""
    forge.function(trigger="test/asked", id="test.ask")(handler)
    forge.always_suspend = True
    sent = await forge.send("test/asked", data)
    return await forge.wait_for(sent, "completed", "failed")


@pytest.mark.thorough
@pytest.mark.parametrize("model", ["gpt-4o", "claude-sonnet-4.5"])
async def test_images_and_files_are_sent_beside_the_prompt_and_recorded_by_their_digests(
    forge: Forge, provider: ScriptedProvider, tmp_path: Path, model: str
) -> None:
    picture, table = tmp_path / "parcel.png", tmp_path / "prices.csv"
    picture.write_bytes(PNG)
    table.write_text("order,total\n1,420\n")
    pdf = Attachment(b"%PDF-1.7 an invoice", "application/pdf", "invoice.pdf")
    link = "https://example.org/parcel.jpg"

    async def ask(ctx: Context) -> str:
        return await step.ai("look", model=model, prompt="What is broken?", images=[picture, link], files=[pdf, table])

    run = await run_of(forge, ask)
    assert run.state == "completed"
    sent = str(provider.requests[0].body["messages"])
    assert all(part in sent for part in ("What is broken?", base64.b64encode(PNG).decode(), link, "prices.csv:\\n\\norder,total"))
    assert base64.b64encode(pdf.data).decode() in sent

    (looked,) = await forge.steps(run.run_id)
    _, image, linked, document, text = looked.input["messages"][0]["content"]
    assert image["image_url"]["url"]["media_type"] == "image/png" and image["image_url"]["url"]["bytes"] == len(PNG)
    assert len(image["image_url"]["url"]["sha256"]) == 64
    assert linked["image_url"]["url"] == link
    assert document["file"]["filename"] == "invoice.pdf" and document["file"]["file_data"]["media_type"] == "application/pdf"
    assert text["text"].startswith("prices.csv:")
    assert len(provider.requests) == 1


async def test_another_picture_under_the_same_name_is_another_question(forge: Forge, provider: ScriptedProvider) -> None:
    pictures = [PNG, PNG + b"another"]

    async def ask(ctx: Context) -> str:
        return await step.ai("look", model="gpt-4o", prompt="What is broken?", images=[pictures.pop(0)])

    run = await run_of(forge, ask)
    assert run.state == "failed"
    assert "was recorded with other arguments" in run.error["message"]


async def test_a_model_that_cannot_see_gets_no_pictures(forge: Forge, provider: ScriptedProvider) -> None:
    async def ask(ctx: Context) -> str:
        try:
            return await step.ai("look", model="azure/o3-mini", prompt="What is broken?", images=[PNG], fallback=["gpt-4o"])
        except StepError as error:
            return error.reason

    run = await run_of(forge, ask)
    assert (run.output, provider.requests) == ("azure/o3-mini cannot see images", [])


async def test_a_model_that_would_answer_instead_must_see_too(forge: Forge, provider: ScriptedProvider) -> None:
    @forge.tool(effect="read")
    def look_up(order: str) -> str:
        """Find an order."""
        return order

    async def ask(ctx: Context) -> str:
        try:
            return await step.ai("look", model="gpt-4o", prompt="x", images=[PNG], tools=["look_up"], fallback=["azure/o3-mini"])
        except StepError as error:
            return error.reason

    run = await run_of(forge, ask)
    assert (run.output, provider.requests) == ("azure/o3-mini cannot see images", [])


async def test_settings_are_sent_by_their_names_and_credentials_are_not_recorded(forge: Forge, provider: ScriptedProvider) -> None:
    async def ask(ctx: Context) -> str:
        return await step.ai(
            "look", model="gpt-5", prompt="hello", reasoning="low", stop=("END",), seed=7, max_tokens=50, api_key="sk-of-one-customer"
        )

    run = await run_of(forge, ask)
    body = provider.requests[0].body
    assert (body["reasoning_effort"], body["seed"]) == ("low", 7)
    (looked,) = await forge.steps(run.run_id)
    assert looked.input == {
        "model": "gpt-5",
        "messages": [{"role": "user", "content": "hello"}],
        "reasoning_effort": "low",
        "stop": ["END"],
        "seed": 7,
        "max_tokens": 50,
    }


async def test_a_budget_of_tokens_for_reasoning_reaches_the_model(forge: Forge, provider: ScriptedProvider) -> None:
    async def ask(ctx: Context) -> str:
        return await step.ai("look", model="claude-sonnet-4.5", prompt="hello", reasoning=2048, max_tokens=4096)

    assert (await run_of(forge, ask)).state == "completed"
    assert provider.requests[0].body["thinking"] == {"type": "enabled", "budget_tokens": 2048}


@pytest.mark.parametrize("options", [{}, {"tools": ["look_up"]}])
async def test_an_answer_that_was_cut_at_max_tokens_says_so(forge: Forge, provider: ScriptedProvider, options: dict[str, Any]) -> None:
    @forge.tool(effect="read")
    def look_up(order: str) -> str:
        """Find an order."""
        return order

    provider.answer_with(lambda asked: Reply('{"order": "OR', finish="length"))

    async def ask(ctx: Context) -> str:
        try:
            return await step.ai("look", model="gpt-4o", prompt="hello", output=dict[str, str], max_tokens=5, **options)
        except StepError as error:
            return f"{error.attempts}: {error.reason}"

    run = await run_of(forge, ask)
    assert run.output == "1: gpt-4o reached max_tokens=5 before its answer was complete"
    assert len(provider.requests) == 1


async def test_the_policy_of_a_call_reaches_its_pipeline(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    policies: list[CallPolicy] = []
    real = call.call_model

    async def noting(request: Any, policy: Any, *fits: Any) -> Any:
        policies.append(policy)
        return await real(request, policy, *fits)

    monkeypatch.setattr("flowforge.orchestrator.models.question.call_model", noting)

    async def ask(ctx: Context) -> str:
        return await step.ai("look", model="gpt-4o", prompt="hello", fallback=["gpt-4o-mini"], fallback_on=["overloaded"], cache="7d")

    run = await run_of(forge, ask)
    assert [(policy.fallback, policy.fallback_on, policy.cache_seconds) for policy in policies] == [
        (("gpt-4o-mini",), {"overloaded"}, 7 * 86400.0)
    ]
    (looked,) = await forge.steps(run.run_id)
    assert looked.input["fallback"] == ["gpt-4o-mini"]


class Customer(BaseModel):
    name: str
    email: str = Field(json_schema_extra={"x-redact": True})


class Order(BaseModel):
    number: str
    customer: Customer
    phones: list[str] = Field(default=[], json_schema_extra={"x-redact": True})


ORDER = {"number": "ORD-1", "customer": {"name": "Mira", "email": "mira@example.org"}, "phones": ["+47 22 00"]}


async def test_marked_fields_of_the_event_reach_no_model(forge: Forge, provider: ScriptedProvider) -> None:
    async def ask(ctx: Context[Order]) -> str:
        order = ctx.event.data
        return await step.ai("look", model="gpt-4o", system=f"For {order.customer.email}", prompt=order.model_dump_json())

    run = await run_of(forge, ask, ORDER)
    assert run.state == "completed"
    system, prompt = (turn["content"] for turn in provider.requests[0].body["messages"])
    assert system == "For [redacted]"
    assert prompt == '{"number":"ORD-1","customer":{"name":"Mira","email":"[redacted]"},"phones":["[redacted]"]}'
    (looked,) = await forge.steps(run.run_id)
    assert "mira@" not in str(looked.input)


async def test_fields_named_by_a_call_reach_no_model_by_way_of_a_tool_either(forge: Forge, provider: ScriptedProvider) -> None:
    @forge.tool(effect="read")
    def look_up(order: str) -> dict[str, str]:
        """Find an order."""
        return {"order": order, "email": "mira@example.org"}

    def script(asked: Asked) -> Reply:
        said = [turn.text for turn in asked.messages if turn.role == "tool"]
        return Reply(said[-1]) if said else Reply(tool_calls=(ToolCall("look_up", {"order": "ORD-1"}),))

    provider.answer_with(script)

    async def ask(ctx: Context) -> str:
        return await step.ai("look", model="gpt-4o", prompt="Whose is ORD-1?", tools=["look_up"], redact=["data.customer.email"])

    run = await run_of(forge, ask, ORDER)
    assert run.output == '{"order":"ORD-1","email":"[redacted]"}'


async def test_fields_that_the_function_declares_reach_no_model(forge: Forge, provider: ScriptedProvider) -> None:
    @forge.function(trigger="order", id="declared", redact=["data.customer.email", "data.absent"])
    async def declared(ctx: Context) -> str:
        return await step.ai("look", model="gpt-4o", prompt=f"Write to {ctx.event.data['customer']['email']}.")

    sent = await forge.send("order", ORDER)
    run = await forge.wait_for(sent, "completed", "failed")
    assert [turn["content"] for turn in provider.requests[0].body["messages"]] == ["Write to [redacted]."]
    assert run.input == ORDER


async def test_a_field_that_is_not_there_cannot_be_redacted(forge: Forge, provider: ScriptedProvider) -> None:
    async def ask(ctx: Context) -> str:
        return await step.ai("look", model="gpt-4o", prompt="hello", redact=["data.customer.emial"])

    run = await run_of(forge, ask, ORDER)
    assert (run.state, run.error["hint"], provider.requests) == ("failed", "did you mean email?", [])


@pytest.mark.parametrize(("keeps", "outcome"), [(True, "fine"), (False, "GuardRefused: gpt-4o-mini refused it: It promises 420.")])
async def test_a_judge_refuses_what_breaks_its_rule_and_costs_the_step_what_it_used(
    forge: Forge, provider: ScriptedProvider, keeps: bool, outcome: str
) -> None:
    provider.answer_with(lambda asked: Reply(json.dumps({"keeps_the_rule": keeps, "why": "It promises 420."})))
    reply = ModelReply(text="You get 420 back.", finish_reason="stop", model="gpt-4o", provider="openai")

    async def guarded() -> str:
        await judge("gpt-4o-mini", "It promises no money.")(reply)
        return "fine"

    async def ask(ctx: Context) -> str:
        try:
            return await step.run("guarded", guarded)
        except StepError as error:
            return f"{error.error_type}: {error.reason}"

    run = await run_of(forge, ask)
    assert (run.output, run.cost is not None and run.cost > 0) == (outcome, True)
    system, user = provider.requests[0].body["messages"]
    assert "The rule: It promises no money." in system["content"] and "You get 420 back." in user["content"]
    frames = await read_page(forge.database.pool, forge.tenant_id, "run", run.run_id, 0)
    assert [frame.name for frame in frames if frame.name.startswith(("message", "usage"))] == ["usage.recorded"]


async def test_a_judge_that_gives_no_verdict_refuses(forge: Forge, provider: ScriptedProvider) -> None:
    provider.answer_with(lambda asked: Reply("I would rather not say."))
    asked = ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": "hello"}])

    async def ask(ctx: Context) -> str:
        try:
            return await step.run("guarded", judge("gpt-4o-mini", "It is polite."), asked)
        except StepError as error:
            return error.reason

    assert (await run_of(forge, ask)).output.startswith("gpt-4o-mini gave no verdict: it is no valid JSON")


# ── vectors ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Vectors(NoModelCalls):
    """A client whose vectors say how long the texts are; it fails when told to."""

    def __init__(self) -> None:
        self.requests: list[EmbeddingRequest] = []
        self.fail_at: int | None = None

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        self.requests.append(request)
        if len(self.requests) == self.fail_at:
            raise ModelError("overloaded", "come back later", model=request.model, retry_after=0.0)
        vectors = [[float(len(text)), 0.5] for text in request.texts]
        return EmbeddingReply(vectors=vectors, model=request.model, provider="openai", tokens=TokenUsage(input=len(vectors)))


@pytest.fixture
def vectors() -> Any:
    client = Vectors()
    before = set_client(client)
    yield client
    set_client(before)


async def test_a_text_gets_a_vector_and_texts_get_vectors_once(forge: Forge, vectors: Vectors) -> None:
    async def ask(ctx: Context) -> Any:
        one = await step.embed("one", model="text-embedding-3-small", input="four")
        return [one, await step.embed("more", model="text-embedding-3-small", input=["a", "bb"], dimensions=2)]

    run = await run_of(forge, ask)
    assert run.output == [[4.0, 0.5], [[1.0, 0.5], [2.0, 0.5]]]
    assert [(request.texts, request.dimensions) for request in vectors.requests] == [(("four",), None), (("a", "bb"), 2)]
    assert [found.input_tokens for found in await forge.steps(run.run_id)] == [1, 2]
    assert [found.kind for found in await forge.steps(run.run_id)] == ["embed", "embed"]


async def test_more_texts_than_one_request_takes_go_in_several_and_what_was_answered_is_not_asked_again(
    forge: Forge, vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_steps, "BATCH_TEXTS_MAX", 3)
    monkeypatch.setattr(vector_steps, "BATCH_CHARACTERS_MAX", 20)
    vectors.fail_at = 2
    texts = ["a", "b", "c", "d" * 12, "e" * 12, "f" * 30, "g"]

    async def ask(ctx: Context) -> Any:
        return await step.embed("all", model="text-embedding-3-small", input=texts)

    run = await run_of(forge, ask)
    assert [row[0] for row in run.output] == [1, 1, 1, 12, 12, 30, 1]
    sizes = [len(request.texts) for request in vectors.requests]
    assert sizes == [3, 1, 1, 1, 1, 1]  # the second request failed, and was made again
    (found,) = await forge.steps(run.run_id)
    assert (found.attempt, found.input_tokens) == (2, 7)
