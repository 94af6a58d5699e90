"""`step.embed`: texts become vectors, in as many requests as it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowforge.durations import Duration
from flowforge.errors import InvalidInput, ModelError
from flowforge.orchestrator.models.asking import check_model, limit
from flowforge.orchestrator.models.call import call_embedding
from flowforge.orchestrator.models.client import EmbeddingRequest

BATCH_TEXTS_MAX = 2048  # of one request: OpenAI's limit, and nobody's is known to be less by much
BATCH_CHARACTERS_MAX = 400_000  # about 100,000 tokens of English, and within 300,000 whatever the script
TIMEOUT_SECONDS = 60.0


@dataclass
class Embedding:
    """Texts to be embedded. `ask` is the body of their step; what an attempt got before it failed is not asked for again."""

    model: str
    texts: tuple[str, ...]
    single: bool
    dimensions: int | None
    timeout_seconds: float
    vectors: list[list[float]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """The step's recorded input."""
        shown: dict[str, Any] = {"model": self.model, "input": self.texts[0] if self.single else list(self.texts)}
        return shown | ({} if self.dimensions is None else {"dimensions": self.dimensions})

    async def ask(self) -> list[float] | list[list[float]]:
        """One attempt. Raises ModelError."""
        for batch in _batches(self.texts[len(self.vectors) :]):
            request = EmbeddingRequest(model=self.model, texts=batch, dimensions=self.dimensions, timeout_seconds=self.timeout_seconds)
            reply = await call_embedding(request)
            if len(reply.vectors) != len(batch):
                message = f"{reply.provider} answered {len(batch)} texts with {len(reply.vectors)} vectors"
                raise ModelError("server_error", message, model=self.model)
            self.vectors.extend(reply.vectors)
        return self.vectors[0] if self.single else self.vectors


def read_embedding(model: str, texts: Any, dimensions: Any, timeout: Duration | None) -> Embedding:
    """What is to be embedded, checked. Raises InvalidInput with the place of the first text that cannot be."""
    check_model(model)
    single = isinstance(texts, str)
    given = [texts] if single else texts
    if not isinstance(given, list | tuple):
        raise InvalidInput(f"input is a text or a list of texts, not {texts!r:.100}", pointer="/input")
    for place, text in enumerate(given):
        _check_text(text, "/input" if single else f"/input/{place}")
    if dimensions is not None and (not isinstance(dimensions, int) or isinstance(dimensions, bool) or dimensions < 1):
        raise InvalidInput(f"dimensions is a whole number from 1 on, not {dimensions!r}", pointer="/dimensions")
    return Embedding(model, tuple(given), single, dimensions, limit("timeout", timeout) or TIMEOUT_SECONDS)


def _check_text(text: object, pointer: str) -> None:
    if not isinstance(text, str):
        raise InvalidInput(f"a text is wanted, not a {type(text).__name__}", pointer=pointer)
    if not text.strip():
        raise InvalidInput("an empty text has no vector", pointer=pointer, hint="leave it out")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput("it holds a lone surrogate, which is no valid Unicode text", pointer=pointer) from None


def _batches(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    batch: list[str] = []
    characters = 0
    for text in texts:
        if batch and (len(batch) == BATCH_TEXTS_MAX or characters + len(text) > BATCH_CHARACTERS_MAX):
            yield tuple(batch)
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    if batch:
        yield tuple(batch)
