"""Cassettes as users have them: where they lie, who recorded them, and what is never kept in them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from flowforge.errors import ModelError
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, OnDelta, get_client, set_client
from flowforge.testing.cassettes import SCRIPTED_SOURCE, Cassette, CassetteError, cassette_path
from flowforge.testing.scripted_provider import ScriptedProvider

ROOT = Path(__file__).parents[2]
PLANTED = {
    "openai": "sk-proj-PLANTEDopenai0123456789",
    "anthropic": "sk-ant-api03-PLANTEDanthropic0123",
    "google": "AIzaSyPLANTEDgoogle0123456789abcdefgh",
    "groq": "gsk_PLANTEDgroq0123456789",
    "aws": "AKIAPLANTEDAWS012345",
    "github": "ghp_PLANTEDgithub0123456789",
}


class Posting:
    """A client in a few lines, which says its key wherever a provider might want it."""

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        key = os.environ["OPENAI_API_KEY"]
        headers = {"authorization": f"Bearer {key}", "x-api-key": PLANTED["anthropic"], "x-goog-api-key": PLANTED["google"]}
        body = {"model": request.model, "messages": request.messages}
        said = (await self._post(f"chat/completions?key={PLANTED['google']}", body, headers))["choices"][0]["message"]["content"]
        return ModelReply(text=said, finish_reason="stop", model=request.model, provider="openai")

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        await self._post("embeddings", {"model": request.model, "input": list(request.texts)}, {})
        return EmbeddingReply(vectors=[], model=request.model, provider="openai")

    async def close(self) -> None: ...

    async def _post(self, path: str, body: object, headers: dict[str, str]) -> dict[str, list[dict[str, dict[str, str]]]]:
        try:
            async with httpx.AsyncClient() as http:
                answer = await http.post(f"{os.environ['OPENAI_BASE_URL']}/{path}", json=body, headers=headers)
                found: dict[str, list[dict[str, dict[str, str]]]] = answer.json()
                return found
        except Exception as error:
            raise ModelError("connection", str(error), model="x") from error


@pytest.fixture(autouse=True)
def posting() -> Iterator[None]:
    before = set_client(Posting())
    yield
    set_client(before)


async def ask(text: str) -> str:
    return (await get_client().complete(ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": text}]))).text


async def record_live(file: Path, monkeypatch: pytest.MonkeyPatch, text: str = "hello") -> str:
    """Record from a provider as if it were a real one."""
    with ScriptedProvider() as provider, monkeypatch.context() as environment:
        for name, value in provider.environment().items():
            environment.setenv(name, value)
        environment.setenv("OPENAI_API_KEY", PLANTED["openai"])
        with Cassette(file, "live"):
            return await ask(text)


async def test_no_key_of_any_provider_is_kept_wherever_it_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cassettes" / "live" / "keys.yaml"
    said = "My keys: " + ", ".join(PLANTED.values()) + ' and {"password": "PLANTEDpassword"}.\nWhat now?'
    answer = await record_live(file, monkeypatch, said)
    assert answer == f"You said: {said}"  # so they were in the answer, too
    text = file.read_text()
    assert [name for name, key in PLANTED.items() if key in text] == []
    assert "PLANTED" not in text
    assert "127.0.0.1:" not in text and "?" not in text.partition("uri: ")[2].splitlines()[0]
    with Cassette(file) as cassette:
        assert (await ask(said)).endswith("What now?")
    assert (cassette.recorded_from, text.splitlines()[0]) == ("live 127.0.0.1", "recorded_from: live 127.0.0.1")


async def test_a_live_cassette_is_found_and_played_where_live_ones_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = tmp_path / "cassettes" / "live" / "hello.yaml"
    await record_live(live, monkeypatch)
    assert cassette_path(tmp_path, "hello") == live
    with Cassette(cassette_path(tmp_path, "hello")):
        assert await ask("hello") == "You said: hello"
    live.with_name("other.yaml").write_text(live.read_text())
    (tmp_path / "cassettes" / "other.yaml").write_text(live.read_text())
    with pytest.raises(CassetteError, match="there are two cassettes other"):
        cassette_path(tmp_path, "other")


async def test_a_cassette_that_somebody_else_recorded_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live, plain = tmp_path / "live" / "a.yaml", tmp_path / "b.yaml"
    await record_live(live, monkeypatch)
    with Cassette(plain, "record"):
        await ask("hello")
    assert plain.read_text().startswith(f"recorded_from: {SCRIPTED_SOURCE}\n")

    for file, text, why in (
        (plain, live.read_text(), "was recorded from live 127.0.0.1, not from scripted-provider"),
        (plain, plain.read_text().replace(SCRIPTED_SOURCE, "scripted-provider 0"), "was recorded from scripted-provider 0, not from"),
        (live, plain.read_text(), "live/ is for what real providers answered"),
        (plain, "interactions: []\n", "cannot be read as a cassette"),
        (plain, "a: [", "cannot be read as a cassette"),
        (plain, "", "cannot be read as a cassette"),
    ):
        file.write_text(text)
        with pytest.raises(CassetteError, match=why) as caught, Cassette(file):
            pass
        assert "record it anew with CASSETTES=" in str(caught.value.hint)


async def test_a_recording_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match=r"nothing was recorded into none\.yaml"), Cassette(tmp_path / "none.yaml", "record"):
        pass


async def test_vectors_that_are_not_in_the_cassette_fail_like_answers(tmp_path: Path) -> None:
    file = tmp_path / "hello.yaml"
    with Cassette(file, "record"):
        await ask("hello")
    with Cassette(file):
        with pytest.raises(CassetteError, match="holds no answer to this request of text-embedding-3-small"):
            await get_client().embed(EmbeddingRequest(model="text-embedding-3-small", texts=("hello",)))
        await ask("hello")


USERS_TESTS = """
import pytest
from flowforge.orchestrator.models.client import ModelRequest, get_client, set_client
from flowforge.testing.refusal import CassetteError, NoModelCalls
from test_cassette_files import Posting

REQUEST = ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": "hello"}])

async def test_a_forgotten_one():
    await get_client().complete(REQUEST)

@pytest.mark.cassette("missing")
async def test_a_missing_one():
    pass

@pytest.mark.cassette("hello")
async def test_not_played():
    pass

async def test_guarded_and_then_allowed(scripted_model):
    assert not isinstance(get_client(), NoModelCalls)

@pytest.mark.model_calls
async def test_opted_out():
    assert not isinstance(get_client(), NoModelCalls)

@pytest.fixture
def own():
    before = set_client(Posting())
    yield
    set_client(before)

def test_a_client_of_ones_own_stays(own):
    assert isinstance(get_client(), Posting)
"""
WITH_A_CLIENT = """
import pytest
from flowforge.orchestrator.models.client import ModelRequest, get_client, set_client
from test_cassette_files import Posting

set_client(Posting())

@pytest.mark.cassette("hello")
async def test_the_marker_alone_plays():
    request = ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": "hello"}])
    assert (await get_client().complete(request)).text == "You said: hello"
"""


@pytest.mark.long
async def test_in_a_users_project_the_marker_plays_and_a_forgotten_cassette_fails_at_once(tmp_path: Path) -> None:
    with Cassette(tmp_path / "cassettes" / "hello.yaml", "record"):
        await ask("hello")
    (tmp_path / "test_plain.py").write_text(USERS_TESTS)
    (tmp_path / "test_with_a_client.py").write_text(WITH_A_CLIENT)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "FLOWFORGE", "CASSETTES"))}
    environment |= {"COLUMNS": "400", "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "flowforge.testing.plugin", "-p", "no:cacheprovider", "-p", "no:xdist", "-rA"]
    outcomes = {}
    for file in ("test_plain.py", "test_with_a_client.py"):
        done = subprocess.run([*command, file], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100, check=False)
        lines = [line.split() for line in done.stdout.splitlines() if line.startswith(("PASSED", "FAILED", "ERROR"))]
        outcomes |= {f"{line[0]} {line[1].partition('::')[2]}": " ".join(line[2:]) for line in lines}
    assert "a test called the model gpt-4o" in outcomes["FAILED test_a_forgotten_one"], outcomes
    assert "there is no cassette" in outcomes["ERROR test_a_missing_one"]
    assert "was not played to its end" in outcomes["ERROR test_not_played"]
    passed = {name for name in outcomes if name.startswith("PASSED")}
    for name in ("guarded_and_then_allowed", "opted_out", "a_client_of_ones_own_stays", "the_marker_alone_plays"):
        assert f"PASSED test_{name}" in passed, outcomes
