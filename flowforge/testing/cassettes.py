"""Cassettes: model calls recorded once as the HTTP that went over the wire, and replayed without a network ever after.

    @pytest.mark.cassette("fraud-check")          # cassettes/fraud-check.yaml, or cassettes/live/fraud-check.yaml
    async def test_the_risk_is_scored():
        ...

A replay calls nobody: a request that is not in the cassette fails at once, and so does a cassette that was not played to its
end. `CASSETTES=record` records anew from the scripted provider; `CASSETTES=live` from the real one with the key in your
environment, into `cassettes/live/`. Its first line says who answered, and one that was recorded from somebody else than its folder
says is refused. Keys, ids of machines and dates are not kept.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from unittest import mock
from urllib.parse import urlsplit

from yaml import YAMLError

from flowforge.errors import FlowForgeError
from flowforge.orchestrator.models.client import (
    EmbeddingReply,
    EmbeddingRequest,
    ModelClient,
    ModelReply,
    ModelRequest,
    OnDelta,
    get_client,
    set_client,
)
from flowforge.secrets.redact import redact
from flowforge.testing.drift import cut
from flowforge.testing.refusal import CassetteError, NoModelCalls
from flowforge.testing.scripted_provider import VERSION, Script, ScriptedProvider, everyday

Mode = Literal["replay", "record", "live"]
SCRIPTED_SOURCE = f"scripted-provider {VERSION}"
LIVE_SOURCE = "live"  # and the names of the hosts that answered
LIVE_FOLDER = "live"
_KEPT_REQUEST_HEADERS = frozenset({"content-type", "anthropic-version", "anthropic-beta"})
_KEPT_RESPONSE_HEADERS = frozenset({"content-type", "retry-after", "retry-after-ms"})
_PLACEHOLDER = "provider"
_NOBODY = "http://127.0.0.1:9"  # the discard port: should anything slip by, it reaches nobody
_REDACTED = re.compile(r"[\w-]*\[redacted\]")
_KEYS = ("ANTHROPIC", "COHERE", "DEEPSEEK", "GEMINI", "GROQ", "MISTRAL", "OPENAI", "OPENROUTER", "TOGETHERAI", "XAI")
_REPLAY_ENVIRONMENT = {
    **{f"{provider}_API_KEY": "sk-replayed" for provider in _KEYS},  # clients want one before they send anything
    "OPENAI_BASE_URL": f"{_NOBODY}/v1",
    "ANTHROPIC_BASE_URL": _NOBODY,
}


class Cassette:
    """Model calls inside the `with` are replayed from a file, or recorded into it."""

    def __init__(self, path: Path, mode: Mode = "replay", *, script: Script = everyday) -> None:
        self.path, self.mode, self.script = path, mode, script
        self._stack = ExitStack()
        self._tape: Any = None
        self._hosts: dict[str, None] = {}  # that were called in a recording, in the order of their first call

    @property
    def play_count(self) -> int:
        """How many answers have been played so far."""
        return int(self._tape.play_count)

    @property
    def recorded_from(self) -> str:
        """Who answered when this was recorded. Raises CassetteError when the file does not say."""
        try:
            return str(_read(self.path.read_text(encoding="utf-8"))["recorded_from"])
        except (KeyError, TypeError, ValueError, YAMLError) as error:
            raise CassetteError(f"{self.path} cannot be read as a cassette: {cut(str(error))}", hint=self.anew) from None

    @property
    def anew(self) -> str:
        """What to do about a cassette that does not fit."""
        return f"record it anew with CASSETTES={'live' if self.is_live else 'record'}"

    @property
    def is_live(self) -> bool:
        """Does it lie where recordings of real providers do?"""
        return self.mode == "live" or self.path.parent.name == LIVE_FOLDER

    def __enter__(self) -> Cassette:
        if self.mode == "replay":
            self._check_source()
        if self.mode == "record":
            provider = self._stack.enter_context(ScriptedProvider(self.script))
            self._stack.enter_context(mock.patch.dict(os.environ, provider.environment()))
        elif self.mode == "replay":
            self._stack.enter_context(mock.patch.dict(os.environ, _REPLAY_ENVIRONMENT))
        self._tape = self._stack.enter_context(self._recorder().use_cassette(str(self.path)))
        before = set_client(_Played(_client_to_play(), self))
        self._stack.callback(set_client, before)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        played = self._tape.all_played if self.mode == "replay" else len(self._tape)
        self._stack.close()
        if error is not None or played:
            return
        if self.mode != "replay":
            raise CassetteError(f"nothing was recorded into {self.path.name}: the test made no model call")
        raise CassetteError(
            f"{self.path.name} was not played to its end: {self.play_count} of {len(self._tape)} answers were asked for",
            hint=f"{self.anew}, or find out why a call is missing",
        )

    def _check_source(self) -> None:
        """Raises CassetteError for a cassette that is missing, unreadable, or was recorded from somebody else than it should be."""
        if not self.path.exists():
            raise CassetteError(f"there is no cassette {self.path}", hint=self.anew.replace("anew ", ""))
        source = self.recorded_from
        if self.is_live and source.partition(" ")[0] != LIVE_SOURCE:
            raise CassetteError(
                f"{self.path} was recorded from {source}, and {LIVE_FOLDER}/ is for what real providers answered",
                hint=f"move it out of {LIVE_FOLDER}/, or {self.anew}",
            )
        if not self.is_live and source != SCRIPTED_SOURCE:
            raise CassetteError(
                f"{self.path} was recorded from {source}, not from {SCRIPTED_SOURCE}",
                hint=f"{self.anew}; what a real provider answered belongs into {LIVE_FOLDER}/",
            )

    def _recorder(self) -> Any:
        import vcr

        recorder = vcr.VCR(
            record_mode=vcr.mode.NONE if self.mode == "replay" else vcr.mode.ALL,
            match_on=["method", "path", "same_json"],
            serializer="cassette",
            before_record_request=self._clean_request,
            before_record_response=_clean_response,
            filter_query_parameters=["key", "api_key"],
        )
        recorder.register_matcher("same_json", _same_json)
        recorder.register_serializer("cassette", _Format(self._source))
        if self.mode != "replay":
            self.path.unlink(missing_ok=True)
        return recorder

    def _source(self) -> str:
        return " ".join([LIVE_SOURCE, *self._hosts]) if self.mode == "live" else SCRIPTED_SOURCE

    def _clean_request(self, request: Any) -> Any:
        """Keep what decides the answer: the path and the body, without secrets. vcrpy cleans what it compares alike."""
        parts = urlsplit(request.uri)
        if parts.hostname is not None and parts.hostname != _PLACEHOLDER:
            self._hosts[parts.hostname] = None
        request.uri = f"https://{_PLACEHOLDER}{redact(parts.path)}"
        request.headers = {name: value for name, value in request.headers.items() if name.lower() in _KEPT_REQUEST_HEADERS}
        if request.body:
            request.body = _without_secrets(request.body)
        return request


def cassette_path(root: Path, name: str) -> Path:
    """Where a cassette lies; live recordings lie apart, since nobody can record the same one again.

    Raises CassetteError when there are two of one name: whichever was played, somebody would think that it was the other.
    """
    plain, live = root / "cassettes" / f"{name}.yaml", root / "cassettes" / LIVE_FOLDER / f"{name}.yaml"
    mode = chosen_mode()
    if mode == "replay" and plain.exists() and live.exists():
        raise CassetteError(f"there are two cassettes {name}: {plain} and {live}", hint="delete one of them")
    return live if mode == "live" or (mode == "replay" and live.exists()) else plain


def chosen_mode() -> Mode:
    """What CASSETTES says: replay, record or live."""
    chosen = os.environ.get("CASSETTES", "replay")
    if chosen not in ("replay", "record", "live"):
        raise CassetteError(f"CASSETTES must be replay, record or live, not {chosen!r}")
    return chosen  # type: ignore[return-value]  # mypy does not narrow a str by membership


class _Played:
    """The client while a cassette plays: what the cassette lacks is an error of the test, not of the provider."""

    def __init__(self, client: ModelClient, cassette: Cassette) -> None:
        self._client, self._cassette = client, cassette

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        with self._missing_named(request.model):
            return await self._client.complete(request, on_delta)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        with self._missing_named(request.model):
            return await self._client.embed(request)

    async def close(self) -> None:
        await self._client.close()

    @contextmanager
    def _missing_named(self, model: str) -> Iterator[None]:
        try:
            yield
        except FlowForgeError as error:
            if not _was_missing(error):
                raise
            sentence = f"{self._cassette.path.name} holds no answer to this request of {model}"
            raise CassetteError(sentence, hint=self._cassette.anew) from None


def _client_to_play() -> ModelClient:
    """The client in place; the one behind it where a test's guard stands there."""
    client = get_client()
    if not isinstance(client, NoModelCalls):
        return client
    set_client(client.instead_of)
    behind = client.instead_of = get_client()
    set_client(client)
    return behind


class _Format:
    """vcrpy's YAML with a first line that says who answered."""

    def __init__(self, source: Callable[[], str]) -> None:
        self._source = source

    def serialize(self, cassette: dict[str, Any]) -> str:
        import yaml

        return str(yaml.safe_dump({"recorded_from": self._source(), **cassette}, sort_keys=False, width=140, allow_unicode=True))

    def deserialize(self, text: str) -> dict[str, Any]:
        return _read(text)


def _read(text: str) -> dict[str, Any]:
    import yaml

    read: dict[str, Any] = yaml.safe_load(text)
    return read


def _without_secrets(body: bytes | str) -> bytes | str:
    """The body as it was, unless it holds secrets: then each of its texts without them, so that it stays the JSON that it is."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    if redact(text) == text:
        return body
    try:
        clean = json.dumps(_redacted(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        clean = redact(text)
    return clean.encode() if isinstance(body, bytes) else clean


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(name): _redacted(inner) for name, inner in value.items()}
    return [_redacted(inner) for inner in value] if isinstance(value, list) else value


def _clean_response(response: dict[str, Any]) -> dict[str, Any]:
    response["headers"] = {name.lower(): value for name, value in response["headers"].items() if name.lower() in _KEPT_RESPONSE_HEADERS}
    clean = _without_secrets(response["body"]["string"])
    return {**response, "body": {"string": clean.encode() if isinstance(clean, str) else clean}}


def _same_json(one: Any, other: Any) -> None:
    assert _json(one.body) == _json(other.body), "the bodies differ"


def _json(body: bytes | str | None) -> Any:
    text = body.decode(errors="replace") if isinstance(body, bytes) else body or "null"
    text = _REDACTED.sub("[redacted]", text)  # a key that was known by its value may now be known by its shape only
    try:
        return json.loads(text)
    except ValueError:
        return text


def _was_missing(error: BaseException | None) -> bool:
    """Whether vcrpy refused the request, somewhere under what was made of its refusal."""
    for _ in range(10):
        if error is None:
            return False
        if type(error).__name__ == "CannotOverwriteExistingCassetteException":
            return True
        error = error.__cause__ or error.__context__
    return False


__all__ = ["Cassette", "CassetteError", "NoModelCalls", "cassette_path", "chosen_mode"]
