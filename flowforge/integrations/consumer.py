"""What an intake asks of a broker's client: open, receive, ack, close. One implementation a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from flowforge.errors import ConfigurationError
from flowforge.integrations.queue import Queue

if TYPE_CHECKING:
    from flowforge.db.database import Database

BATCH = 100
WAIT_SECONDS = 2.0


@dataclass(frozen=True)
class Message:
    """One delivery. `identity` is the same at every delivery of the same message; None where the broker knows none."""

    body: bytes
    identity: str | None
    headers: dict[str, str] = field(default_factory=dict)
    receipt: Any = field(default=None, repr=False)  # what the client acknowledges it by


class Consumer(Protocol):
    """A place in a queue. Whatever fails raises, and the intake opens a new one; what is not acknowledged is delivered again."""

    async def open(self) -> None: ...
    async def receive(self) -> Sequence[Message]:
        """Up to BATCH messages; none when none came within WAIT_SECONDS."""
        ...

    async def ack(self, messages: Sequence[Message]) -> None:
        """They are stored: never deliver them again."""
        ...

    async def close(self) -> None: ...


# scheme of the address: module, extra
_HOMES = {
    "redis": ("redis_streams", "redis"),
    "rediss": ("redis_streams", "redis"),
    "amqp": ("rabbitmq", "rabbitmq"),
    "amqps": ("rabbitmq", "rabbitmq"),
    "nats": ("nats_jetstream", "nats"),
    "tls": ("nats_jetstream", "nats"),
    "notify": ("postgres_notify", None),
    "postgres": ("postgres_notify", None),
    "postgresql": ("postgres_notify", None),
}


def consumer_of(queue: Queue, database: Database, name: str) -> Consumer:
    """A consumer for that queue, not open yet. `name` tells it from others. Raises ConfigurationError when its extra is not installed."""
    module, extra = _HOMES[queue.scheme]
    try:
        make: Callable[[Queue, Database, str], Consumer] = import_module(f"flowforge.integrations.{module}").consumer
    except ImportError as error:
        raise ConfigurationError(f"{queue.shown} needs a client: {error}", hint=f"pip install 'flowforge[{extra}]'") from None
    return make(queue, database, name)


def text_headers(found: Any) -> dict[str, str]:
    """A broker's headers as texts, what is no text by its JSON-like form; names in lower case."""
    return {_text(name).lower(): _text(value) for name, value in dict(found or {}).items()}


def _text(value: Any) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text.replace("\0", "�").encode(errors="replace").decode()
