"""What the first model call would wait for is there before it, where there will be one."""

from __future__ import annotations

from typing import Any

import pytest
import tiktoken

from flowforge.orchestrator.models import warming
from flowforge.orchestrator.models.client import set_client
from flowforge.orchestrator.models.library import load_tokenizers
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.orchestrator.models.warming import asks_models, warm_models
from flowforge.orchestrator.registry import Registry
from flowforge.steps import step
from flowforge.testing.cassettes import NoModelCalls


async def asks_itself(ctx: Any) -> str:
    return await step.ai("greet", model="gpt-4o", prompt="hello")


async def asks_inside(ctx: Any) -> list[str]:
    async def one() -> str:
        return await step.ai("greet", model="gpt-4o", prompt="hello")

    return [await one()]


async def asks_nobody(ctx: Any) -> None:
    await step.run("ship", print)


def elsewhere(handler: Any, **known: Any) -> Any:
    """The same code in a module where only these names are known."""
    return type(handler)(handler.__code__, known, handler.__name__)


async def asks_through_another(ctx: Any) -> str:
    return await greeting(ctx)


greeting = asks_itself


@pytest.mark.parametrize(
    ("handler", "asks"),
    [
        (elsewhere(asks_itself), True),
        (elsewhere(asks_inside), True),
        (elsewhere(asks_nobody), False),
        (elsewhere(asks_through_another), False),
        (elsewhere(asks_through_another, greeting=asks_itself), True),
    ],
)
def test_code_that_asks_models_is_known_by_its_look(handler: Any, asks: bool) -> None:
    registry = Registry()
    registry.function(trigger="order/created", id="test.process")(handler)

    assert asks_models(registry) is asks


@pytest.mark.parametrize(("client", "imported"), [(LiteLLMClient(), True), (NoModelCalls(), False)])
def test_litellm_is_imported_where_it_is_the_client(monkeypatch: pytest.MonkeyPatch, client: Any, imported: bool) -> None:
    done: list[str] = []
    monkeypatch.setattr(warming, "load", lambda: done.append("litellm"))
    set_client(client)

    warm_models(lambda: done.append("loop")).join(10)

    assert done == (["litellm", "loop"] if imported else ["loop"])


def test_tokenizers_count_as_before_without_their_copies() -> None:
    load_tokenizers()

    for name in ("cl100k_base", "o200k_base"):
        encoding = tiktoken.get_encoding(name)
        words = "The quick brown fox, naïve; 日本語 <|endoftext|>"
        assert encoding.decode(encoding.encode(words, disallowed_special=())) == words
        assert not encoding._mergeable_ranks
