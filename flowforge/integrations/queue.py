"""A queue as a trigger: each of its messages is an event. Declared in code, received by the workers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import SplitResult, unquote, urlsplit

from flowforge.durations import Duration, seconds
from flowforge.errors import RegistrationError
from flowforge.orchestrator.ingress import Transform, key_within
from flowforge.orchestrator.match import check_pattern

SCHEMES = ("redis", "rediss", "amqp", "amqps", "nats", "tls", "notify", "postgres", "postgresql")
REDELIVER_SECONDS = 30.0
_GROUP = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Queue:
    """Made by `flowforge.queue`. `patterns`: what the function listens to, when that is not everything that comes in here."""

    url: str = field(repr=False)
    event: str
    data: str | None = None
    id: str | None = None
    group: str = "flowforge"
    redeliver_seconds: float = REDELIVER_SECONDS
    patterns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self._split.scheme not in SCHEMES:
            raise RegistrationError(
                f"a queue's address begins with one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}", hint=_EXAMPLES
            )
        if not self.name:
            raise RegistrationError(f"{self.shown} names no queue: it stands at the end of the address", hint=_EXAMPLES)
        if not _GROUP.fullmatch(self.group):
            raise RegistrationError(f"a group's name is made of letters, digits, _ and -, not {self.group!r}")
        if not self.redeliver_seconds > 0:
            raise RegistrationError("redeliver_after must be longer than nothing")
        _ = self.transform

    def only(self, *patterns: str) -> Queue:
        """The same queue, for a function that wants just some of its events: `orders.only("order/cancelled")`."""
        return replace(self, patterns=tuple(check_pattern(pattern) for pattern in patterns))

    def as_triggers(self) -> tuple[str, ...]:
        return self.patterns or (self.transform.listens,)

    @property
    def identity(self) -> str:
        return f"queue {self.shown} of group {self.group}"

    @property
    def declaration(self) -> Queue:
        return replace(self, patterns=())

    @property
    def scheme(self) -> str:
        return self._split.scheme

    @cached_property
    def name(self) -> str:
        """The stream, queue, subject or channel: the last part of the address."""
        path = self._split.path if self.scheme != "notify" else f"/{self._split.netloc}"
        return unquote(path.rpartition("/")[2])

    @cached_property
    def server_url(self) -> str:
        """The address without the queue's name, password included."""
        return self._split._replace(path=self._split.path.rpartition("/")[0]).geturl()

    @cached_property
    def shown(self) -> str:
        """The address for people and logs: without user, password and options."""
        return f"{self.scheme}://{self._split.netloc.rpartition('@')[2]}{self._split.path}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be logged, whatever a client's error says."""
        try:
            password = self._split.password
        except ValueError:
            password = None
        return (self.url, password, unquote(password)) if password else (self.url,)

    @cached_property
    def transform(self) -> Transform:
        return Transform(self.event, self.data, self.id)

    def key_of(self, message: str) -> str:
        """A message's identity among all events: the same at every delivery."""
        return key_within(f"queue:{hashlib.sha256(self.shown.encode()).hexdigest()[:12]}", message)

    @cached_property
    def _split(self) -> SplitResult:
        try:
            split = urlsplit(self.url)
            _ = split.port
        except ValueError:
            raise RegistrationError("a queue's address cannot be read", hint=_EXAMPLES) from None
        return split


_EXAMPLES = (
    "redis://host:6379/0/orders · amqp://user:password@host/vhost/orders · nats://host:4222/orders.created · notify://orders · "
    "postgresql://host/database/channel"
)


def queue(
    url: str,
    *,
    event: str,
    data: str | None = None,
    id: str | None = None,
    group: str = "flowforge",
    redeliver_after: Duration = REDELIVER_SECONDS,
) -> Queue:
    """A trigger: each message of a Redis stream, a RabbitMQ queue, a NATS JetStream subject or a PostgreSQL channel is an event.

    Workers receive; a message goes to one of them and is acknowledged once its event is stored. One that comes again is the same event.
    The queue's name stands at the end of `url`. `event`: the event's name, or a CEL expression over `body` and `headers` that begins with a
    text. `data`: an expression; the message's JSON unless given. `id`: an expression for what makes two messages the same event; the
    message's own identity unless given. `group`: consumers of one group share the messages (Redis, NATS). `redeliver_after`: when a message
    that a dead worker had taken goes to another (Redis, NATS). What cannot be an event becomes the event `queue/rejected`.
    Raises RegistrationError.

        orders = flowforge.queue(os.environ["ORDERS_URL"], event="order/created")     # redis://…:6379/0/orders

        @flowforge.function(trigger=orders)
        async def ship(ctx: Context) -> None: ...
    """
    return Queue(url, event, data, id, group, seconds(redeliver_after))


def queues_of(ingresses: Iterable[object]) -> list[Queue]:
    """The queues among what functions declare, each once."""
    return list(dict.fromkeys(ingress.declaration for ingress in ingresses if isinstance(ingress, Queue)))
