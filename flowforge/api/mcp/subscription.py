"""Following things by address: the live streams of the API, told as `notifications/resources/updated`.

A notification says that there is something new, and no more: a client reads the thing again. So many changes at once are one.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import mcp_types as mcp
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY

from flowforge.api.client.run_calls import RUN_ENDS
from flowforge.api.mcp.asking import Asking, Refused
from flowforge.api.mcp.resource import error_of, place_of
from flowforge.clock import SYSTEM_CLOCK
from flowforge.orchestrator.states import FINAL_STATES

ADDRESSES_MAX = 20  # each is a live stream, of which a tenant has so many
PAUSE_SECONDS = 0.5

Context = ServerRequestContext[Any, Any]


async def listen(asking: Asking, context: Context, wanted: mcp.SubscriptionFilter) -> mcp.SubscriptionsListenResult:
    """Tell of changes until the client hangs up, or all that is followed has ended, as runs do.

    Lists of tools, prompts and resources do not change under a client by themselves: nothing is told of them. Raises MCPError for what
    cannot be followed, and when the server lets go of the client, who is to listen again.
    """
    uris = list(dict.fromkeys(wanted.resource_subscriptions or ()))
    if len(uris) > ADDRESSES_MAX:
        raise MCPError(mcp.INVALID_PARAMS, f"at most {ADDRESSES_MAX} addresses can be followed by one request, not {len(uris)}")
    followed = _Followed(asking)
    meta: dict[str, Any] = {SUBSCRIPTION_ID_META_KEY: context.request_id}
    try:
        await followed.open(uris)
        honored = mcp.SubscriptionFilter(resource_subscriptions=uris or None)
        acknowledged = mcp.SubscriptionsAcknowledgedNotificationParams(notifications=honored, _meta=meta)
        await _notify(context, mcp.SubscriptionsAcknowledgedNotification(params=acknowledged))
        while (uri := await followed.changed()) is not None:
            told = mcp.ResourceUpdatedNotificationParams(uri=uri, _meta=meta)
            await _notify(context, mcp.ResourceUpdatedNotification(params=told))
        if not uris:
            await asking.stay()  # a client that follows nothing hears nothing, as long as it likes
        if not uris or followed.over != set(uris):
            raise MCPError(mcp.INTERNAL_ERROR, "the server has let go of the stream: listen again, and read again what is followed")
    except Refused as refusal:
        raise error_of(refusal) from None
    finally:
        followed.close()
    return mcp.SubscriptionsListenResult(_meta=meta)


class _Followed:
    """Several streams as one row of addresses that have changed."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self.over = set[str]()  # of which nothing more can come
        self._dirty: dict[str, None] = {}
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, uris: list[str]) -> None:
        """Returns when all of them are followed. Raises MCPError when one cannot be."""
        opened = [asyncio.get_running_loop().create_future() for _ in uris]
        self._tasks = [asyncio.ensure_future(self._follow(uri, place)) for uri, place in zip(uris, opened, strict=True)]
        for place in opened:
            await place

    async def changed(self) -> str | None:
        """The next address that has changed; None when nothing is left to follow. Between two of the same there is a pause."""
        while not self._dirty:
            if all(task.done() for task in self._tasks):
                return None
            await self._news.wait()
            self._news.clear()
            await SYSTEM_CLOCK.sleep(PAUSE_SECONDS)
        uri = next(iter(self._dirty))
        del self._dirty[uri]
        return uri

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _follow(self, uri: str, opened: asyncio.Future[None]) -> None:
        try:
            kind, path = place_of(uri)
            thing = await self._asking.get(path)
            if kind.name == "runs" and thing["state"] in FINAL_STATES:
                self.over.add(uri)
            async with aclosing(self._asking.follow(f"{path}/stream", thing["seq"])) as frames:
                async for frame in frames:
                    if not opened.done():
                        opened.set_result(None)
                    if kind.name == "runs" and frame.name in RUN_ENDS:
                        self.over.add(uri)
                    if frame.seq is not None or frame.name == "reset":
                        self._dirty[uri] = None
                        self._news.set()
            if not opened.done():
                opened.set_result(None)
        except Refused as refusal:
            self._fail(opened, error_of(refusal))
        except MCPError as error:
            self._fail(opened, error)
        finally:
            if not opened.done():
                opened.cancel()
            self._news.set()

    @staticmethod
    def _fail(opened: asyncio.Future[None], error: MCPError) -> None:
        if not opened.done():
            opened.set_exception(error)
            opened.exception()  # whoever waits for an earlier one hears of that one


async def _notify(context: Context, notification: Any) -> None:
    await context.session.send_notification(notification, related_request_id=context.request_id)
