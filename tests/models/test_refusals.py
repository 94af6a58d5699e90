"""What cannot be asked of a model is one sentence with a place and a hint, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from flowforge.agents.tool_loop import AgentsToolLoop
from flowforge.errors import FlowForgeError, InvalidInput, TurnsExceeded
from flowforge.orchestrator.models import attachment
from flowforge.orchestrator.models.attachment import Attachment, attached, has_images, shown_messages
from flowforge.orchestrator.models.conversation import conversation
from flowforge.orchestrator.models.redaction import Redaction
from flowforge.orchestrator.models.sampling import checked_settings, recorded_settings
from flowforge.orchestrator.models.terms import read_policy
from flowforge.orchestrator.models.vectors import read_embedding
from flowforge.orchestrator.replay import let_go_below, rows_below
from flowforge.orchestrator.sensitive import leaves, marked_parts, schemas_of
from flowforge.skills.tool import ToolRegistry, make_tool
from flowforge.steps import step
from flowforge.testing.harness import Forge
from flowforge.testing.plugin import forge, forge_database_url, forge_workplace

__all__ = ["forge", "forge_database_url", "forge_workplace"]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def refusal(of: Callable[[], Any]) -> tuple[str, str, str]:
    with pytest.raises(InvalidInput) as caught:
        of()
    return caught.value.pointer, caught.value.message, caught.value.hint or ""


@pytest.mark.parametrize(
    ("given", "pointer", "message", "hint"),
    [
        ({"fallback": "gpt-4o-mini"}, "/fallback", "a list of models", '["gpt-4o-mini"]'),
        ({"fallback": ["gpt-4o"]}, "/fallback/0", "gpt-4o would be asked twice", "retries="),
        ({"fallback": ["a", "b", "a"]}, "/fallback/2", "a would be asked twice", ""),
        ({"fallback_on": ["timeout"]}, "/fallback_on", "none is named", "fallback="),
        ({"fallback": ["a"], "fallback_on": ["rate_limit"]}, "/fallback_on", "'rate_limit' is no kind", "did you mean rate_limited?"),
        ({"fallback": ["a"], "fallback_on": ["xyz"]}, "/fallback_on", "'xyz' is no kind", "known are rate_limited"),
        ({"fallback": ["a"], "fallback_on": "timeout"}, "/fallback_on", "is a list", "known are"),
        ({"fallback": ["a"], "fallback_on": []}, "/fallback_on", "is a list", "known are"),
        ({"max_cost": 0.5}, "/max_cost", "which the float 0.5 is not", 'max_cost="0.5"'),
        ({"max_cost": "0"}, "/max_cost", "more than 0", "leave it out"),
        ({"max_cost": -1}, "/max_cost", "more than 0", ""),
        ({"max_cost": "cheap"}, "/max_cost", "an amount of USD", '"0.50"'),
        ({"max_cost": "NaN"}, "/max_cost", "an amount of USD", ""),
        ({"max_cost": True}, "/max_cost", "an amount of USD", ""),
        ({"cache": "0s"}, "/cache", "how old an answer may be", "7d"),
        ({"before": [lambda: None]}, "/before/0", "a function that takes the request", ""),
        ({"after": ["check"]}, "/after/0", "a function that takes the reply", ""),
        ({"after": print}, "/after", "a list of functions", "[check]"),
    ],
)
def test_terms_that_cannot_hold(given: dict[str, Any], pointer: str, message: str, hint: str) -> None:
    found = refusal(lambda: read_policy("gpt-4o", **given))
    assert found[0] == pointer and message in found[1] and hint in found[2]


def test_terms_that_hold() -> None:
    def check(request: Any, strictly: bool = True) -> None: ...

    policy = read_policy("gpt-4o", fallback=["o3"], fallback_on=["timeout"], cache="7d", max_cost="0.50", before=[check], after=[check])
    assert (policy.fallback, policy.fallback_on, policy.cache_seconds, policy.cost_max) == (
        ("o3",),
        {"timeout"},
        604800.0,
        Decimal("0.50"),
    )
    assert policy.input_guards == policy.output_guards == (check,)


@pytest.mark.parametrize(
    ("settings", "reasoning", "pointer", "message"),
    [
        ({"temperature": 3}, None, "/temperature", "between 0 and 2"),
        ({"temperature": "hot"}, None, "/temperature", "between 0 and 2"),
        ({"max_tokens": 0}, None, "/max_tokens", "from 1 on"),
        ({"max_tokens": True}, None, "/max_tokens", "from 1 on"),
        ({"seed": 1.5}, None, "/seed", "a whole number"),
        ({"stop": ""}, None, "/stop", "a list of texts"),
        ({"stop": [1]}, None, "/stop", "a list of texts"),
        ({"stop": ["x"] * 17}, None, "/stop", "at most 16"),
        ({}, "much", "/reasoning", '"low", "medium", "high" or a number'),
        ({}, 0, "/reasoning", "not 0"),
        ({}, True, "/reasoning", "not True"),
        ({"reasoning_effort": "low"}, "low", "/reasoning", "the same thing"),
        ({"thinking": {}}, 1024, "/reasoning", "the same thing"),
    ],
)
def test_settings_that_no_model_takes(settings: dict[str, Any], reasoning: Any, pointer: str, message: str) -> None:
    found = refusal(lambda: checked_settings(settings, reasoning))
    assert found[0] == pointer and message in found[1]


def test_settings_go_out_by_their_providers_names_and_credentials_are_not_recorded() -> None:
    sent = checked_settings({"temperature": 0, "stop": ("a", "b"), "seed": None, "api_key": "sk-1"}, 2048)
    assert sent == {
        "temperature": 0,
        "stop": ["a", "b"],
        "api_key": "sk-1",
        "thinking": {"type": "enabled", "budget_tokens": 2048},
    }
    assert "api_key" not in recorded_settings(sent)


@pytest.mark.parametrize(
    ("images", "files", "pointer", "message"),
    [
        (["parcel.png"], None, "/images/0", "is no URL of an image"),
        (b"PNG", None, "/images", "must be a list"),
        ([PNG, 5], None, "/images/1", "a int cannot be attached"),
        ([Attachment(b"%PDF", "application/pdf")], None, "/images/0", "not application/pdf"),
        ([b"\x00\x01"], None, "/images/0", "do not say what it is"),
        ([Attachment(b"", "image/png")], None, "/images/0", "0 bytes"),
        ([Attachment(PNG, "png")], None, "/images/0", "their media type"),
        (None, ["https://example.org/a.pdf"], "/files/0", "not the text"),
        (None, [Path("/nowhere/a.pdf")], "/files/0", "/nowhere/a.pdf cannot be read: No such file"),
        (None, [Path("/")], "/files/0", "cannot be read"),
    ],
)
def test_what_cannot_be_attached(images: Any, files: Any, pointer: str, message: str) -> None:
    found = refusal(lambda: attached(images, files))
    assert found[0] == pointer and message in found[1]


def test_attachments_have_a_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(attachment, "ATTACHMENT_BYTES_MAX", 200)
    monkeypatch.setattr(attachment, "ATTACHMENTS_BYTES_MAX", 300)
    large = tmp_path / "large.pdf"
    large.write_bytes(b"%PDF-" + bytes(200))
    assert "one attachment may have" in refusal(lambda: attached(None, [large]))[1]
    assert "a call takes" in refusal(lambda: attached([PNG, PNG, PNG], None))[1]
    assert len(attached([PNG, PNG], None)) == 2


def test_a_recorded_message_holds_digests_in_place_of_bytes() -> None:
    parts = attached([PNG, "data:image/gif;base64,!"], [Attachment(b"%PDF-", "application/pdf")])
    sound = {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}}
    messages = [{"role": "user", "content": [*parts, sound]}, {"role": "user", "content": "as it is"}]
    shown = shown_messages(messages)
    assert len(str(shown)) < 1200 and "iVBOR" not in str(shown)
    assert shown[0]["content"][0]["image_url"]["url"]["bytes"] == len(PNG)
    assert shown[0]["content"][3]["input_audio"] == {
        "data": {"sha256": "b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78", "bytes": 3},
        "format": "wav",
    }
    assert shown[1] is messages[1]
    assert (has_images(messages), has_images(messages[1:])) == (True, False)


@pytest.mark.parametrize(
    ("given", "pointer", "message", "hint"),
    [
        ({"prompt": "  "}, "/prompt", "the prompt is empty", ""),
        ({"messages": [{"role": "user", "content": "x"}], "parts": attached([PNG], None)}, "/messages", "go with prompt=", "as parts"),
        ({"messages": "hello"}, "/messages", "must be a list, not a str", ""),
        ({"prompt": "x", "system": 5}, "/system", "must be text", ""),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "url": "x"}]}]},
            "/messages/0/content/0/type",
            "'image' is no kind",
            "did you mean image_url?",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "hologram"}]}]}, "/messages/0/content/0/type", "'hologram'", "known are text"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "/messages/0/content/0", "a dict with a type", ""),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "/messages/0/content/0/text", "holds its words", ""),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"href": "x"}}]}]},
            "/messages/0/content/0/image_url",
            "holds a URL",
            "",
        ),
    ],
)
def test_messages_that_no_provider_could_take(given: dict[str, Any], pointer: str, message: str, hint: str) -> None:
    asked = {"prompt": None, "messages": None, "system": None, **given}
    found = refusal(lambda: conversation(**asked))
    assert found[0] == pointer and message in found[1] and hint in found[2]


def look_up(order: str) -> str:
    """Find an order."""
    return order


def test_tools_are_found_by_name_as_functions_and_as_they_are() -> None:
    tools = ToolRegistry()
    tools.tool(effect="read")(look_up)
    other = make_tool(look_up, "read", name="other")
    loop = AgentsToolLoop(tools)
    assert list(loop.offered(["look_up"])) == list(loop.offered([look_up])) == ["look_up"]
    assert loop.offered([other, look_up]) == {"other": other, "look_up": tools.find("look_up")}

    assert refusal(lambda: loop.offered(["lookup"]))[:2] == ("/tools/0", "there is no tool 'lookup'; did you mean look_up?")
    assert refusal(lambda: loop.offered(["look_up", look_up]))[:2] == ("/tools/1", "the tool look_up is given twice")
    assert refusal(lambda: loop.offered([refusal]))[1:] == ("refusal is no tool", 'decorate it with  @flowforge.tool(effect="read")')
    assert "no tool is registered" in refusal(lambda: AgentsToolLoop(ToolRegistry()).offered(["look_up"]))[2]


@pytest.mark.parametrize(
    ("given", "pointer", "sentence"),
    [
        ({"prompt": "x", "tools": "look_up"}, "/tools", "tools is a list"),
        ({"prompt": "x", "tools": ["look"]}, "/tools/0", "there is no tool 'look'"),
        ({"prompt": "x", "max_turns": 3}, "/max_turns", "it has none"),
        ({"prompt": "x", "tools": ["look_up"], "max_turns": 0}, "/max_turns", "from 1 to 200"),
        ({"prompt": "x", "repairs": 1}, "/repairs", "nothing to repair"),
        ({"prompt": "x", "output": int, "repairs": 11}, "/repairs", "from 0 to 10"),
        ({"prompt": "x", "timeout": "0s"}, "/timeout", "longer than nothing"),
        ({"prompt": "x", "timeout": ["1s"]}, "/timeout", "is a duration"),
        ({"prompt": "x", "first_token_timeout": "1s", "stream": False}, "/first_token_timeout", "no first token"),
        ({"prompt": "x", "redact": "data.email"}, "/redact", "a list of paths"),
        ({"prompt": "x", "fallbak": ["o3"]}, "/settings/fallbak", "'fallbak' is no setting"),
        ({"prompt": "x", "model": None}, "/model", "the name of a model"),
    ],
)
async def test_a_call_that_cannot_be_made_fails_its_run(forge: Forge, given: dict[str, Any], pointer: str, sentence: str) -> None:
    forge.tool(effect="read")(look_up)

    async def ask(ctx: Any) -> Any:
        try:
            await step.ai("ask", **{"model": "gpt-4o", **given})
        except InvalidInput as error:
            return [error.pointer, error.message]

    forge.function(trigger="test/asked", id="test.ask")(ask)
    found = (await forge.wait_for(await forge.send("test/asked"), "completed")).output
    assert found[0] == pointer and sentence in found[1]


@pytest.mark.parametrize(
    ("model", "texts", "dimensions", "pointer"),
    [
        ("", "x", None, "/model"),
        ("m", "", None, "/input"),
        ("m", ["x", " "], None, "/input/1"),
        ("m", ["x", 5], None, "/input/1"),
        ("m", {"a": 1}, None, "/input"),
        ("m", "\ud800", None, "/input"),
        ("m", "x", 0, "/dimensions"),
    ],
)
def test_texts_that_have_no_vector(model: str, texts: Any, dimensions: Any, pointer: str) -> None:
    assert refusal(lambda: read_embedding(model, texts, dimensions, None))[0] == pointer


@pytest.mark.parametrize(
    ("values", "text", "redacted"),
    [
        (["mira@example.org"], "Mail mira@example.org, or MIRA.", "Mail [redacted], or MIRA."),
        (["NO"], "NO, NOTHING", "[redacted], NOTHING"),
        (["4711"], "order 4711 of 147115", "order [redacted] of 147115"),
        (['a "quoted" name'], '{"name": "a \\"quoted\\" name"}', '{"name": "[redacted]"}'),
        (["Jürgen"], '{"name": "J\\u00fcrgen"} Jürgen', '{"name": "[redacted]"} [redacted]'),
        (["Ann", "Ann Lee"], "Ann Lee and Ann", "[redacted] and [redacted]"),
        (["2026-03-01T09:00:00Z"], "born 2026-03-01 09:00:00+00:00", "born [redacted]"),
        (["", " "], "nothing", "nothing"),
    ],
)
def test_values_are_taken_out_of_texts_however_they_are_written(values: list[str], text: str, redacted: str) -> None:
    assert Redaction(values).text(text) == redacted


def test_values_are_taken_out_of_parts_and_of_the_arguments_of_calls() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"to": "mira@example.org"}'}}
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "mira@example.org"}, {"type": "image_url", "image_url": {"url": "u"}}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
    ]
    cleaned = Redaction(["mira@example.org"]).messages(messages)
    assert "mira" not in str(cleaned) and "mira" in str(messages)
    assert cleaned[0]["content"][1] == messages[0]["content"][1]


class Person(BaseModel):
    email: str | None = Field(default=None, json_schema_extra={"x-redact": True})
    friends: list["Person"] = []  # noqa: UP037 - it is itself
    notes: dict[str, "Person"] = {}  # noqa: UP037
    where: tuple[str, Annotated[str, Field(json_schema_extra={"x-redact": True})]] | None = None
    phone: str | None = Field(default=None, alias="phoneNumber", json_schema_extra={"x-redact": True})


def _marked_values(declared: Any, data: Any) -> list[str]:
    found = [text for schema in schemas_of(declared) for _, part in marked_parts(schema, data) for text in leaves(part)]
    return list(dict.fromkeys(found))  # as it goes in, and as it comes out


def test_marked_fields_are_found_wherever_the_type_has_them() -> None:
    data = {"email": "a@x", "friends": [{"email": "b@x"}, {"email": None}], "notes": {"n": {"email": "c@x", "unknown": "z"}}}
    assert _marked_values(Person, data) == ["a@x", "b@x", "c@x"]
    assert _marked_values(Person, {"where": ["Oslo", "Storgata 1"], "phoneNumber": "47", "email": 5}) == ["Storgata 1", "47", "5"]
    assert _marked_values(Person, {"phone": "48"}) == ["48"]
    assert _marked_values(list[Person], [{"email": "d@x"}]) == ["d@x"]
    assert _marked_values(dict[str, str], {"a": "b"}) == _marked_values(Any, data) == []


def test_what_a_step_was_made_of_is_forgotten_with_it_and_nothing_else_is() -> None:
    rows = {"a": None, "a/turn:1": "a", "a/look:1": "a/turn:1", "a/other": None, "b/turn:1": "b", "c": None}
    memo: dict[str, Any] = {key: {"parent": parent} for key, parent in rows.items()}
    let_go_below(memo, rows_below(memo), "a")
    assert list(memo) == ["a", "a/other", "b/turn:1", "c"]


def test_a_model_that_comes_to_no_end_is_told_of_with_the_number_of_its_turns() -> None:
    error: FlowForgeError = TurnsExceeded("gpt-4o", 1)
    assert str(error) == "gpt-4o was asked once and still calls tools"
    assert error.hint is not None and "max_turns" in error.hint
