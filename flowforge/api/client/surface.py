"""What a client does itself, apart from its nouns: sending an event, and any request that there is no method for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowforge.api.client.noun import Mode, Noun, call, listing
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET
from flowforge.api.client.wire import Frame


class Surface(Noun[Mode]):
    """Requests by method and path, for what this client is too old to know, and for programs that want the JSON as it came."""

    @call
    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[Any]:
        """One request; the answer's JSON. Raises the error that the server's problem document stands for."""
        body = UNSET if json is None else json
        return self._exchange.json(method, path, body=body, params=params, if_match=if_match, idempotency_key=idempotency_key)

    @call
    def text(self, path: str, *, params: Mapping[str, Any] | None = None) -> Talk[str]:
        """What is not JSON, as a report in CSV. Raises what `request` raises."""
        return self._exchange.text("GET", path, params=params)

    @call
    def upload(self, path: str, content: bytes, media_type: str, *, params: Mapping[str, Any] | None = None) -> Talk[Any]:
        """A POST of bytes as they are, as an archive; the answer's JSON. Raises what `request` raises."""
        return self._exchange.json("POST", path, content=content, media_type=media_type, params=params)

    @listing
    def pages(self, path: str, *, params: Mapping[str, Any] | None = None, limit: int | None = None) -> Items[Any]:
        """The items of a list, page after page, at most `limit` of them."""
        return self._exchange.listing(Any, path, params=params, limit=limit, paged=False)

    @listing
    def stream(self, path: str, *, after: int = 0, params: Mapping[str, Any] | None = None) -> Items[Frame]:
        """The frames of any stream, until the server ends it. A cut connection is opened again after the last frame that came."""
        return self._exchange.follow(path, after=after, params=params)

    @listing
    def download(self, path: str, *, params: Mapping[str, Any] | None = None) -> Items[bytes]:
        """A long answer in pieces, as it comes. Raises what `request` raises, and ServerUnavailable when it ends too early."""
        return self._exchange.pieces("GET", path, params=params)

    @listing
    def lines(self, path: str, *, json: Any) -> Items[str]:
        """What a POST answers in JSON lines, one after the other as they come. Raises what `download` raises."""
        return self._exchange.lines("POST", path, body=json)
