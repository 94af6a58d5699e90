"""`flowforge.Client`: FlowForge from any Python program, over HTTP. The command line is written on it.

    async with flowforge.Client("http://127.0.0.1:8288") as client:
        sent = await client.send("order/created", {"total": 420})
        async for frame in client.follow(sent.runs[0]):
            print(frame.name, frame.data)
        print((await client.run(sent.runs[0])).state)

Problems (RFC 9457) come out as the errors of `flowforge.errors`: 404 is `NotFound`, 409 `Conflict`, 410 `Gone`, other
refusals `InvalidInput`. A stream that breaks is resumed after the last frame that arrived; nothing is missed and nothing comes twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx

from flowforge.api.client_wire import Frame, FrameParser, json_body, raise_problem
from flowforge.errors import DatabaseUnavailable, FlowForgeError, InvalidInput, ServerUnavailable

DEFAULT_URL = "http://127.0.0.1:8288"
RUN_ENDS = frozenset({"run.completed", "run.failed", "run.cancelled", "run.skipped"})

_RECONNECT_SECONDS = (0.2, 0.5, 1, 2, 4, 8, 15)
_SILENCE_SECONDS = 40.0  # the server sends a comment every 15 s; without any sign for this long the connection is dead

_JSON = {"content-type": "application/json"}

T = TypeVar("T")


@dataclass(frozen=True)
class SentEvent:
    """One accepted event: `runs` are the ids of the runs it started."""

    id: str
    name: str
    runs: list[str]
    duplicate: bool


@dataclass(frozen=True)
class Run:
    """A run as the API shows it. `cost` is in USD and None where unknown."""

    id: str
    label: str
    function: str
    state: str
    trigger: Any
    input: Any
    output: Any
    error: dict[str, Any] | None
    attempt: int
    cost: Decimal | None
    agent: str | None
    task: str | None
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    seq: int | None = None
    version: str | None = None
    origin: str | None = None
    origin_step: str | None = None
    dismissed_at: datetime | None = None


@dataclass(frozen=True)
class Step:
    """One step of a run."""

    key: str
    name: str
    kind: str
    state: str
    attempt: int
    attempts: list[dict[str, Any]]
    parent: str | None
    input: Any
    output: Any
    error: dict[str, Any] | None
    ms: float | None
    cost: Decimal | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    started_at: datetime | None
    ended_at: datetime | None
    reused: bool | None = None


@dataclass(frozen=True)
class Replay:
    """What a replay does, or would do: `run` is the new run's id, None for a plan. Steps are {key, name, kind, state, cost}."""

    run: str | None
    origin: str
    function: str
    version: str | None
    from_step: str | None
    reused: list[dict[str, Any]]
    again: list[dict[str, Any]]
    warnings: list[str]


class Client:
    """Speaks to one FlowForge server. Open it with `async with`, or call `close()` when done.

    >>> client = Client("https://flows.example.com", api_key="ffk_live_…")     # doctest: +SKIP
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        api_key: str | None = None,
        *,
        tenant: str | None = None,
        timeout: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise InvalidInput(f"{url!r} is not an address of a FlowForge server", hint=f"write it as {DEFAULT_URL}")
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        if tenant:
            headers["x-flowforge-tenant"] = tenant
        # A server on this machine is not to be looked for through the proxy of the environment.
        self._http = httpx.AsyncClient(
            base_url=self.url,
            headers=headers,
            timeout=timeout,
            transport=transport,
            trust_env=not _is_local(self.url),
            follow_redirects=True,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. The client cannot be used after it."""
        await self._http.aclose()

    async def send(self, name: str, data: Any = None, *, id: str | None = None) -> SentEvent:
        """Send one event. An `id` makes it idempotent: a second event with it starts nothing and says `duplicate`.

        >>> await client.send("order/created", {"total": 420}, id="order-17")     # doctest: +SKIP
        """
        event = {"name": name, "data": {} if data is None else data}
        body = await self.request("POST", "/v1/events", json=event if id is None else {**event, "id": id})
        return _read(SentEvent, body["data"][0])

    async def run(self, id: str) -> Run:
        """A run by its id, label or any unambiguous ending of it. Raises NotFound."""
        return _read(Run, await self.request("GET", f"/v1/runs/{_part(id)}"))

    async def runs(self, *, state: str | None = None, function: str | None = None, limit: int = 50) -> list[Run]:
        """The newest runs first."""
        body = await self.request("GET", "/v1/runs", params=given(state=state, function=function, limit=limit))
        return [_read(Run, item) for item in body["data"]]

    async def steps(self, run_id: str) -> list[Step]:
        """All steps of a run, in the order in which they began."""
        return [_read(Step, item) async for item in self.pages(f"/v1/runs/{_part(run_id)}/steps")]

    async def cancel(self, run_id: str) -> Run:
        """Cancel a run. Raises Conflict when it has already ended."""
        return _read(Run, await self.request("POST", f"/v1/runs/{_part(run_id)}/cancellation"))

    async def signal(self, run_id: str, signal: str, data: Any = None) -> str:
        """Send a signal to one open run; the signal's id. Raises NotFound, and Conflict when the run has ended."""
        body = await self.request("POST", f"/v1/runs/{_part(run_id)}/signals", json={"signal": signal, "data": data})
        return str(body["id"])

    async def plan_replay(self, run_id: str, *, from_step: str | None = None, from_failure: bool = False, **input: Any) -> Replay:
        """What `replay` would reuse and what it would run again; changes nothing."""
        return await self._replay(run_id, from_step, from_failure, input, dry_run=True)

    async def replay(self, run_id: str, *, from_step: str | None = None, from_failure: bool = False, **input: Any) -> Replay:
        """Run a finished run again: from its start, from a step (key or name), or from the step that made it fail.

        `input=…` gives it another input. Raises Conflict while the run has not ended, NotFound for an unknown step.

            again = await client.replay("8241_a2f7", from_step="fraud")
        """
        return await self._replay(run_id, from_step, from_failure, input)

    async def pause(self, run_id: str, *, reason: str | None = None) -> Run:
        """Pause a run, at once or when its steps in flight have ended. Raises Conflict when it has ended."""
        return _read(Run, await self.request("PUT", f"/v1/runs/{_part(run_id)}/pause", json=given(reason=reason)))

    async def resume(self, run_id: str) -> Run:
        """Let a paused run go on. Raises Conflict when it is not paused."""
        return _read(Run, await self.request("DELETE", f"/v1/runs/{_part(run_id)}/pause"))

    async def dismiss(self, run_id: str) -> Run:
        """Take a failed run off the list of failures. Raises Conflict when it has not failed."""
        return _read(Run, await self.request("PUT", f"/v1/runs/{_part(run_id)}/dismissal"))

    async def move(self, run_id: str, version: str | None) -> Run:
        """Let another version of its function execute a run from its next claim on; None: any. Raises Conflict when it has ended."""
        return _read(Run, await self.request("PUT", f"/v1/runs/{_part(run_id)}/version", json={"version": version}))

    async def delete(self, run_id: str, *, force: bool = False) -> None:
        """Delete a run with all that is its own. Raises Conflict for an open one without `force`."""
        await self.request("DELETE", f"/v1/runs/{_part(run_id)}", params={"force": "true"} if force else None)

    async def preview(self, action: str, filter: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """How many runs an act on many would meet, some of them, and the `confirm` that `act` wants.

        >>> seen = await client.preview("replay", {"state": "failed"}, from_failure=True)     # doctest: +SKIP
        >>> await client.act("replay", {"state": "failed"}, seen["confirm"], from_failure=True)     # doctest: +SKIP
        """
        wanted = {"action": action, "filter": dict(filter), "options": options, "dry_run": True}
        found: dict[str, Any] = await self.request("POST", "/v1/runs/bulk", json=wanted)
        return found

    async def act(self, action: str, filter: Mapping[str, Any], confirm: Mapping[str, Any], **options: Any) -> dict[str, Any]:
        """Begin an act on many runs that was previewed; it goes on in the background. Raises Conflict when other runs match now."""
        wanted = {"action": action, "filter": dict(filter), "options": options, "confirm": dict(confirm)}
        bulk: dict[str, Any] = (await self.request("POST", "/v1/runs/bulk", json=wanted))["bulk"]
        return bulk

    async def bulk(self, id: str) -> dict[str, Any]:
        """How far an act on many runs has got: `done` of `expected`, `ended_at` once it is over."""
        found: dict[str, Any] = await self.request("GET", f"/v1/runs/bulk/{_part(id)}")
        return found

    async def retention(self, **change: str | None) -> dict[str, Any]:
        """How long finished `runs`, `events`, `frames` and `usage` are kept, after the change that is given, if one is."""
        found: dict[str, Any] = await self.request("PATCH" if change else "GET", "/v1/retention", json=change or None)
        return found

    async def follow(self, run_id: str, *, after: int = 0) -> AsyncIterator[Frame]:
        """The frames of a run from `after` on, live, until the run ends."""
        async for frame in self._resumed(f"/v1/runs/{_part(run_id)}/stream", after, lambda: self._is_over(run_id)):
            yield frame
            if frame.name in RUN_ENDS:
                return

    async def stream(self, path: str, *, after: int = 0) -> AsyncIterator[Frame]:
        """The frames of any stream, without end. A cut connection is opened again after the last frame that came."""
        async for frame in self._resumed(path, after, None):
            yield frame

    async def pages(self, path: str, *, params: Mapping[str, Any] | None = None, limit: int | None = None) -> AsyncIterator[Any]:
        """The items of a list, page after page, at most `limit` of them."""
        cursor, count = None, 0
        while True:
            body = await self.request("GET", path, params=given(**dict(params or {}), cursor=cursor))
            for item in body["data"]:
                if limit is not None and count >= limit:
                    return
                count += 1
                yield item
            cursor = body.get("next_cursor")
            if not cursor:
                return

    async def text(self, path: str, *, params: Mapping[str, Any] | None = None) -> str:
        """What is not JSON, as a report in CSV. Raises the error that the server's problem document stands for."""
        return (await self._answer("GET", path, None, params)).text

    async def download(self, path: str, *, params: Mapping[str, Any] | None = None) -> AsyncIterator[bytes]:
        """A long answer in pieces, as it comes. Raises what `request` raises, and ServerUnavailable when it ends too early."""
        try:
            async with self._http.stream("GET", path, params=params, timeout=httpx.Timeout(30.0, read=300.0)) as response:
                if not response.is_success:
                    await response.aread()
                    raise_problem(response)
                async for piece in response.aiter_bytes():
                    yield piece
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    async def lines(self, path: str, *, json: Any) -> AsyncIterator[str]:
        """What a POST answers in JSON lines, one after the other as they come. Raises ServerUnavailable when the connection is cut."""
        try:
            async with self._http.stream("POST", path, content=json_body(json), headers=_JSON) as response:
                if not response.is_success:
                    await response.aread()
                    raise_problem(response)
                async for line in response.aiter_lines():
                    yield line
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    async def request(self, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        """One request; the answer's JSON. Raises the error that the server's problem document stands for."""
        response = await self._answer(method, path, json, params)
        try:
            return response.json() if response.content else None
        except ValueError:
            raise ServerUnavailable(f"what answers at {self.url} is not a FlowForge server") from None

    async def _answer(self, method: str, path: str, json: Any, params: Mapping[str, Any] | None) -> httpx.Response:
        try:
            if json is None:
                response = await self._http.request(method, path, params=params)
            else:
                response = await self._http.request(method, path, params=params, content=json_body(json), headers=_JSON)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if not response.is_success:
            raise_problem(response)
        return response

    async def _replay(self, run_id: str, from_step: str | None, from_failure: bool, input: Mapping[str, Any], **more: bool) -> Replay:
        if input.keys() - {"input"}:
            raise TypeError(f"a replay takes from_step, from_failure and input, not {', '.join(sorted(input.keys() - {'input'}))}")
        body = {**given(from_step=from_step), "from_failure": from_failure, **input, **more}
        return _read(Replay, await self.request("POST", f"/v1/runs/{_part(run_id)}/replays", json=body))

    async def _is_over(self, run_id: str) -> bool:
        return (await self.run(run_id)).ended_at is not None

    async def _resumed(self, path: str, after: int, is_over: Callable[[], Awaitable[bool]] | None) -> AsyncIterator[Frame]:
        """Frames over as many connections as it takes; after a connection that ended by itself `is_over` is asked."""
        tries = 0
        while True:
            try:
                async for frame in self._connection(path, after):
                    tries = 0
                    if frame.seq is not None:
                        after = frame.seq
                    elif frame.name == "reset":  # what the server has is not what we resumed from
                        after = int(frame.data["seq"])
                    yield frame
                if is_over is not None and await is_over():
                    return
            except (httpx.TransportError, ServerUnavailable, DatabaseUnavailable) as error:  # a server that restarts says any of them
                if tries == len(_RECONNECT_SECONDS):
                    raise self._told(error) from error
            await asyncio.sleep(_RECONNECT_SECONDS[min(tries, len(_RECONNECT_SECONDS) - 1)])
            tries += 1

    async def _connection(self, path: str, after: int) -> AsyncIterator[Frame]:
        headers = {"accept": "text/event-stream"} | ({"last-event-id": str(after)} if after else {})
        timeout = httpx.Timeout(30.0, read=_SILENCE_SECONDS)
        async with self._http.stream("GET", path, headers=headers, timeout=timeout) as response:
            if not response.is_success:
                await response.aread()
                raise_problem(response)
            parser = FrameParser()
            async for chunk in response.aiter_bytes():
                for frame in parser.feed(chunk):
                    yield frame

    def _told(self, error: httpx.TransportError | FlowForgeError) -> FlowForgeError:
        return self._unreachable(error) if isinstance(error, httpx.TransportError) else error

    def _unreachable(self, error: httpx.TransportError) -> ServerUnavailable:
        if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
            return ServerUnavailable(f"the FlowForge server at {self.url} did not answer in time")
        return ServerUnavailable(
            f"no FlowForge server answers at {self.url}", hint="start one with  flowforge dev  or name it with --url or FLOWFORGE_URL"
        )


def given(**values: Any) -> dict[str, Any]:
    """Without what is None: query parameters that were not asked for."""
    return {name: value for name, value in values.items() if value is not None}


def _read(kind: type[T], body: Mapping[str, Any]) -> T:
    """A frozen object from an answer: unknown fields are newer than this client, missing ones are None."""
    return kind(**{field.name: _typed(field.name, body.get(field.name)) for field in fields(kind)})  # type: ignore[arg-type]


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, str) and name.endswith("_at"):
        return datetime.fromisoformat(value)
    if name == "cost" and value is not None:
        return Decimal(value)
    return value


def _part(text: str) -> str:
    """One segment of a path, whatever stands in it."""
    return quote(text, safe="") or "%20"


def _is_local(url: str) -> bool:
    return httpx.URL(url).host in {"127.0.0.1", "localhost", "::1"}
