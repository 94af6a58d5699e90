"""Cassettes: model calls recorded once as the HTTP that went over the wire, and replayed without a network ever after.

    @pytest.mark.cassette("fraud-check")          # cassettes/fraud-check.yaml
    async def test_the_risk_is_scored(cassette):
        ...

A replay calls nobody: a request that is not in the cassette fails at once, and so does a cassette that was not played to its
end. `CASSETTES=record` records anew from the scripted provider; `CASSETTES=live` from the real one with the key in your
environment, into `cassettes/live/`. Keys, ids of machines and dates are not kept.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from unittest import mock
from urllib.parse import urlsplit

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
from flowforge.testing.refusal import CassetteError, NoModelCalls
from flowforge.testing.scripted_provider import VERSION, Script, ScriptedProvider, everyday

Mode = Literal["replay", "record", "live"]
SCRIPTED_SOURCE = f"scripted-provider {VERSION}"
_KEPT_REQUEST_HEADERS = frozenset({"content-type", "anthropic-version", "anthropic-beta"})
_KEPT_RESPONSE_HEADERS = frozenset({"content-type", "retry-after", "retry-after-ms"})
_NOBODY = "http://127.0.0.1:9"  # the discard port: should anything slip by, it reaches nobody
_REPLAY_ENVIRONMENT = {
    "OPENAI_BASE_URL": f"{_NOBODY}/v1",
    "OPENAI_API_KEY": "sk-replayed",
    "ANTHROPIC_BASE_URL": _NOBODY,
    "ANTHROPIC_API_KEY": "sk-replayed",
}


class Cassette:
    """Model calls inside the `with` are replayed from a file, or recorded into it."""

    def __init__(self, path: Path, mode: Mode = "replay", *, script: Script = everyday) -> None:
        self.path, self.mode, self.script = path, mode, script
        self._stack = ExitStack()
        self._tape: Any = None

    @property
    def play_count(self) -> int:
        """How many answers have been played so far."""
        return int(self._tape.play_count)

    @property
    def recorded_from(self) -> str:
        """Who answered when this was recorded."""
        return str(_read(self.path.read_text())["recorded_from"])

    def __enter__(self) -> Cassette:
        if self.mode == "replay" and not self.path.exists():
            raise CassetteError(f"there is no cassette {self.path}", hint="record it with CASSETTES=record")
        if self.mode == "record":
            provider = self._stack.enter_context(ScriptedProvider(self.script))
            self._stack.enter_context(mock.patch.dict(os.environ, provider.environment()))
        elif self.mode == "replay":
            self._stack.enter_context(mock.patch.dict(os.environ, _REPLAY_ENVIRONMENT))
        self._tape = self._stack.enter_context(self._recorder().use_cassette(str(self.path)))
        before = set_client(_Played(get_client(), self))
        self._stack.callback(set_client, before)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        unplayed = self.mode == "replay" and not self._tape.all_played
        self._stack.close()
        if unplayed and error is None:
            raise CassetteError(
                f"{self.path.name} was not played to its end: {self.play_count} of {len(self._tape)} answers were asked for",
                hint="record it anew with CASSETTES=record, or find out why a call is missing",
            )

    def _recorder(self) -> Any:
        import vcr

        recorder = vcr.VCR(
            record_mode=vcr.mode.NONE if self.mode == "replay" else vcr.mode.ALL,
            match_on=["method", "path", "same_json"],
            serializer="cassette",
            before_record_request=_clean_request,
            before_record_response=_clean_response,
            filter_query_parameters=["key", "api_key"],
        )
        recorder.register_matcher("same_json", _same_json)
        recorder.register_serializer("cassette", _Format(SCRIPTED_SOURCE if self.mode != "live" else "live"))
        if self.mode != "replay":
            self.path.unlink(missing_ok=True)
        return recorder


def cassette_path(root: Path, name: str) -> Path:
    """Where a cassette lies; live recordings lie apart, since nobody can record the same one again."""
    folder = root / "cassettes"
    return (folder / "live" if chosen_mode() == "live" else folder) / f"{name}.yaml"


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
        try:
            return await self._client.complete(request, on_delta)
        except FlowForgeError as error:
            if _was_missing(error):
                raise CassetteError(
                    f"{self._cassette.path.name} holds no answer to this request of {request.model}",
                    hint="record it anew with CASSETTES=record",
                ) from None
            raise

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        return await self._client.embed(request)

    async def close(self) -> None:
        await self._client.close()


class _Format:
    """vcrpy's YAML with a first line that says who answered."""

    def __init__(self, source: str) -> None:
        self._source = source

    def serialize(self, cassette: dict[str, Any]) -> str:
        import yaml

        return str(yaml.safe_dump({"recorded_from": self._source, **cassette}, sort_keys=False, width=140, allow_unicode=True))

    def deserialize(self, text: str) -> dict[str, Any]:
        return _read(text)


def _read(text: str) -> dict[str, Any]:
    import yaml

    read: dict[str, Any] = yaml.safe_load(text)
    return read


def _clean_request(request: Any) -> Any:
    request.uri = f"https://provider{urlsplit(request.uri).path}"
    request.headers = {name: value for name, value in request.headers.items() if name.lower() in _KEPT_REQUEST_HEADERS}
    return request


def _clean_response(response: dict[str, Any]) -> dict[str, Any]:
    response["headers"] = {name.lower(): value for name, value in response["headers"].items() if name.lower() in _KEPT_RESPONSE_HEADERS}
    body = response["body"]["string"]
    text = body.decode() if isinstance(body, bytes) else body
    return {**response, "body": {"string": redact(text).encode()}}


def _same_json(one: Any, other: Any) -> None:
    assert _json(one.body) == _json(other.body), "the bodies differ"


def _json(body: bytes | str | None) -> Any:
    try:
        return json.loads(body or b"null")
    except ValueError:
        return body


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
