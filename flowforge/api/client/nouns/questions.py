"""`client.questions`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from typing import Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk


class Questions(Noun[Mode]):
    """`client.questions`"""

    @listing
    def list(
        self, *, state: Literal["open", "answered", "expired", "withdrawn"] | None = None, task: str | None = None, limit: int | None = None
    ) -> Items[models.Question]:
        """List questions.

        Oldest first. A run without a card asks here alone.
        """
        return self._exchange.listing(models.Question, "/v1/questions", params={"state": state, "task": task}, limit=limit)

    @call
    def get(self, question: str, /) -> Talk[models.Question]:
        """Show a question.

        409 when an ending fits several.
        """
        return self._exchange.ask(models.Question, "GET", f"/v1/questions/{part(question)}")

    @call
    def answer(self, question: str, /, *, answer: str, idempotency_key: str | None = None) -> Talk[models.Question]:
        """Answer a question.

        The run that asked goes on; on its card the answer is a comment. 409 with the winner when somebody was first, 410 when it is
        over.
        """
        return self._exchange.ask(
            models.Question,
            "POST",
            f"/v1/questions/{part(question)}/answer",
            body=body_of({"answer": answer}),
            idempotency_key=idempotency_key,
        )
