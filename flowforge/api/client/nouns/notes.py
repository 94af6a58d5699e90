"""`client.notes`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Sequence

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset


class Notes(Noun[Mode]):
    """`client.notes`"""

    @listing
    def list(
        self, agent: str, /, *, q: str | None = None, task: str | None = None, tag: str | None = None, limit: int | None = None
    ) -> Items[models.Note]:
        """List or search an agent's notes.

        A search has one page of at most 50, and cannot be narrowed by a tag.
        """
        return self._exchange.listing(
            models.Note, f"/v1/agents/{part(agent)}/memory", params={"q": q, "task": task, "tag": tag}, limit=limit
        )

    @call
    def create(
        self,
        agent: str,
        /,
        *,
        title: str,
        text: str,
        tags: Sequence[str] | Unset = UNSET,
        task: str | Unset | None = UNSET,
        pinned: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Note]:
        """Write a note for an agent.

        The agent sees its title when it next begins, and finds it by its words. 409 when it has as many notes as an agent may have.
        """
        return self._exchange.ask(
            models.Note,
            "POST",
            f"/v1/agents/{part(agent)}/memory",
            body=body_of({"title": title, "text": text, "tags": tags, "task": task, "pinned": pinned}),
            idempotency_key=idempotency_key,
        )

    @call
    def get(self, agent: str, note: str, /) -> Talk[models.Note]:
        """Show a note.

        By its id.
        """
        return self._exchange.ask(models.Note, "GET", f"/v1/agents/{part(agent)}/memory/{part(note)}")

    @call
    def update(
        self,
        agent: str,
        note: str,
        /,
        *,
        title: str | Unset | None = UNSET,
        text: str | Unset | None = UNSET,
        tags: Sequence[str] | Unset | None = UNSET,
        pinned: bool | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.Note]:
        """Change a note.

        Its words, its tags, whether it is pinned.
        """
        return self._exchange.ask(
            models.Note,
            "PATCH",
            f"/v1/agents/{part(agent)}/memory/{part(note)}",
            body=body_of({"title": title, "text": text, "tags": tags, "pinned": pinned}),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, agent: str, note: str, /, *, if_match: int | str | None = None, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a note.

        Its words are gone for good.
        """
        return self._exchange.ask(
            None, "DELETE", f"/v1/agents/{part(agent)}/memory/{part(note)}", if_match=if_match, idempotency_key=idempotency_key
        )
