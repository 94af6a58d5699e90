"""How a process of FlowForge runs, read from the environment into one typed object that is checked when it is made.

What does not configure a process is read where it is used: FLOWFORGE_URL and the key to send by whoever talks to a server
(`sending.py`, `cli/server.py`), FLOWFORGE_VERBOSE in `cli/failures.py`, FLOWFORGE_CRASH in `crash.py`,
FLOWFORGE_EGRESS_… in `transport/policy.py`.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from flowforge.durations import seconds
from flowforge.errors import ConfigurationError, InvalidInput

DEFAULT_PORT = 8288
DEFAULT_CONCURRENCY = 200
DEFAULT_BODY_LIMIT_BYTES = 8 * 1024 * 1024
DEFAULT_REQUESTS_PER_MINUTE = 6_000
DEFAULT_EVENTS_PER_MINUTE = 60_000
DEFAULT_STREAMS = 200
ModelClientName = Literal["litellm", "http"]
MODEL_CLIENTS: tuple[ModelClientName, ...] = get_args(ModelClientName)
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Settings:
    """How this process runs. `Settings.from_environment()` is the only place that reads them from the environment."""

    database_url: str | None = None  # None: the embedded PostgreSQL
    database_direct_url: str | None = None  # for LISTEN and the heartbeat when database_url is a pooler
    database_pooler: bool = False  # a transaction-mode pooler stands before the database: no prepared statements
    data: Path = field(default_factory=lambda: default_data(Path.cwd()))  # the embedded database's directory
    postgres_binaries: Path | None = None  # a directory with initdb and postgres, instead of the bundled one
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    api_key: str | None = field(default=None, repr=False)  # an operator's key of this server, for before there are others
    open_here: bool = False  # without api_key, whoever asks from this machine is the operator: dev and demo, never serve
    public_url: str | None = None  # how people reach this server, where a proxy stands before it; for links and for providers of sign-on
    forwarded_allow_ips: tuple[str, ...] = ()  # proxies whose X-Forwarded-For says who asks; nobody else's is looked at
    session_idle_seconds: float = 12 * 3600.0  # a person's session ends when it is not used for so long
    session_seconds: float = 30 * 86400.0  # and at the latest after so long
    sign_on: Mapping[str, str] = field(default_factory=dict, repr=False)  # FLOWFORGE_OIDC_…, read by access/provider.py
    concurrency: int = DEFAULT_CONCURRENCY  # runs that one worker process executes at once
    grace_seconds: float = 20.0  # how long running bodies may go on after SIGTERM
    metrics_port: int | None = None  # where a worker serves its metrics; the API serves them beside its routes
    metrics_host: str = "127.0.0.1"
    metrics_public: bool = False  # /metrics answers without a key, from anywhere
    model_client: ModelClientName = "litellm"  # who carries requests to models: LiteLLM, or plain HTTP for providers that it reaches
    tracing: bool = False  # spans go where the OTEL_* variables say, which the SDK itself reads
    tracing_console: bool = False
    tracing_content: bool = False  # prompts and answers too
    log_format: str = "text"
    log_level: str | None = None  # None: warnings of ours in text, everything from info up in json
    body_limit_bytes: int = DEFAULT_BODY_LIMIT_BYTES  # largest request body
    secrets_key: str | None = field(default=None, repr=False)  # wraps the data keys that seal secrets; several, parted by commas
    secrets_key_file: Path | None = None  # where it is read from instead
    secrets_kms: str | None = None  # or who holds it: module:function makes a KeyWrapper
    audit_anchors: tuple[str, ...] = ()  # where signed heads of the audit log are kept outside
    rate_limits: bool | None = None  # None: for whoever has to prove who they are, not for the open API of one machine
    requests_per_minute: int = DEFAULT_REQUESTS_PER_MINUTE  # of one tenant, at all servers together
    events_per_minute: int = DEFAULT_EVENTS_PER_MINUTE
    streams_per_tenant: int = DEFAULT_STREAMS  # live streams open at once
    key_share: float = 0.8  # of its tenant's rates, for one key or person
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)  # by variable, for webhooks that name theirs

    def __post_init__(self) -> None:
        if not 1 <= self.concurrency <= 100_000:
            raise ConfigurationError(f"concurrency must be between 1 and 100000, not {self.concurrency}")
        if not 0 <= self.port <= 65535:
            raise ConfigurationError(f"port must be between 0 and 65535, not {self.port}")
        if self.metrics_port is not None and not 0 <= self.metrics_port <= 65535:
            raise ConfigurationError(f"FLOWFORGE_METRICS_PORT must be between 0 and 65535, not {self.metrics_port}")
        for rate in ("requests_per_minute", "events_per_minute", "streams_per_tenant"):
            if not 1 <= getattr(self, rate) <= 1_000_000_000:
                raise ConfigurationError(f"FLOWFORGE_{rate.upper()} must be between 1 and 1000000000, not {getattr(self, rate)}")
        if not 0 < self.key_share <= 1:
            raise ConfigurationError(f"FLOWFORGE_KEY_SHARE must lie above 0 and be at most 1, not {self.key_share:g}")
        if self.log_format not in LOG_FORMATS:
            raise ConfigurationError(f"the log format must be {' or '.join(LOG_FORMATS)}, not {self.log_format!r}")
        if self.log_level is not None and self.log_level not in LOG_LEVELS:
            raise ConfigurationError(f"the log level must be one of {', '.join(LOG_LEVELS)}, not {self.log_level!r}")
        for name, url in (("DATABASE_URL", self.database_url), ("DATABASE_DIRECT_URL", self.database_direct_url)):
            if url is not None and not url.startswith(("postgres://", "postgresql://")):
                raise ConfigurationError(
                    f"{name} must begin with postgresql://", hint="as in postgresql://user:password@host:5432/database"
                )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, **overrides: object) -> Settings:
        """Settings from environment variables; keyword arguments that are not None win over them."""
        found: dict[str, object] = {
            "database_url": environment.get("DATABASE_URL") or None,
            "database_direct_url": environment.get("DATABASE_DIRECT_URL") or None,
            "database_pooler": _flag(environment, "FLOWFORGE_DATABASE_POOLER"),
            "api_key": environment.get("FLOWFORGE_API_KEY") or None,
            "public_url": _public_url(environment),
            "forwarded_allow_ips": _networks(environment, "FLOWFORGE_FORWARDED_ALLOW_IPS"),
            "session_idle_seconds": _seconds(environment, "FLOWFORGE_SESSION_IDLE"),
            "session_seconds": _seconds(environment, "FLOWFORGE_SESSION_MAX"),
            "sign_on": {name: value for name, value in environment.items() if name.startswith("FLOWFORGE_OIDC_")},
            "concurrency": _integer(environment, "FLOWFORGE_CONCURRENCY"),
            "port": _integer(environment, "FLOWFORGE_PORT"),
            "host": environment.get("FLOWFORGE_HOST") or None,
            "metrics_port": _integer(environment, "FLOWFORGE_METRICS_PORT"),
            "metrics_host": environment.get("FLOWFORGE_METRICS_HOST") or None,
            "metrics_public": _flag(environment, "FLOWFORGE_METRICS_PUBLIC"),
            "rate_limits": _flag(environment, "FLOWFORGE_RATE_LIMITS") if environment.get("FLOWFORGE_RATE_LIMITS") else None,
            "requests_per_minute": _integer(environment, "FLOWFORGE_REQUESTS_PER_MINUTE"),
            "events_per_minute": _integer(environment, "FLOWFORGE_EVENTS_PER_MINUTE"),
            "streams_per_tenant": _integer(environment, "FLOWFORGE_STREAMS_PER_TENANT"),
            "key_share": _number(environment, "FLOWFORGE_KEY_SHARE"),
            "model_client": model_client_name(environment),
            **_tracing(environment),
            "log_format": environment.get("FLOWFORGE_LOG_FORMAT") or None,
            "log_level": environment.get("FLOWFORGE_LOG_LEVEL") or None,
            "data": _path(environment, "FLOWFORGE_DATA"),
            "postgres_binaries": _path(environment, "FLOWFORGE_POSTGRES_BINARIES"),
            "secrets_key": environment.get("FLOWFORGE_SECRETS_KEY") or None,
            "secrets_key_file": _path(environment, "FLOWFORGE_SECRETS_KEY_FILE"),
            "secrets_kms": environment.get("FLOWFORGE_SECRETS_KMS") or None,
            "audit_anchors": tuple((environment.get("FLOWFORGE_AUDIT_ANCHORS") or "").split()),
            "secrets": environment,  # which of them a webhook needs is known when its first delivery comes
        }
        found.update({name: value for name, value in overrides.items() if value is not None})
        return cls(**{name: value for name, value in found.items() if value is not None})  # type: ignore[arg-type]


def model_client_name(environment: Mapping[str, str] = os.environ) -> ModelClientName:
    """What FLOWFORGE_MODEL_CLIENT chooses, LiteLLM where it says nothing. Raises ConfigurationError."""
    chosen = environment.get("FLOWFORGE_MODEL_CLIENT") or "litellm"
    for name in MODEL_CLIENTS:
        if name == chosen:
            return name
    raise ConfigurationError(f"FLOWFORGE_MODEL_CLIENT must be {' or '.join(MODEL_CLIENTS)}, not {chosen!r}")


def default_data(project: Path) -> Path:
    """`.flowforge/` of the project; for root, whose server must run as another user, a directory under /var/lib."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/flowforge") / hashlib.sha256(str(project.resolve()).encode()).hexdigest()[:12]
    return project / ".flowforge"


def _integer(environment: Mapping[str, str], name: str) -> int | None:
    text = environment.get(name)
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError(f"{name} must be a whole number, not {text!r}") from None


def _seconds(environment: Mapping[str, str], name: str) -> float | None:
    text = environment.get(name)
    if not text:
        return None
    try:
        value = seconds(text)
    except InvalidInput as error:
        raise ConfigurationError(f"{name}: {error.message}", hint=error.hint) from None
    if not 60 <= value <= 366 * 86400:
        raise ConfigurationError(f"{name} must be between a minute and a year, not {text!r}")
    return value


def _public_url(environment: Mapping[str, str]) -> str | None:
    text = (environment.get("FLOWFORGE_PUBLIC_URL") or "").rstrip("/")
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query or "@" in parts.netloc):
        raise ConfigurationError(f"FLOWFORGE_PUBLIC_URL must be an origin, not {text!r}", hint="as in https://flows.example.com")
    return text or None


def _networks(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in environment.get(name, "").split(",") if part.strip())
    for part in found:
        try:
            ipaddress.ip_network(part)
        except ValueError:
            hint = "as in 10.0.0.5,172.16.0.0/12"
            raise ConfigurationError(f"{name} must hold addresses and networks, not {part[:60]!r}", hint=hint) from None
    return found


def _number(environment: Mapping[str, str], name: str) -> float | None:
    text = environment.get(name)
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError(f"{name} must be a number, not {text!r}") from None


def _tracing(environment: Mapping[str, str]) -> dict[str, object]:
    """What OpenTelemetry's own variables say. Traces are on as soon as one of them says where they go."""
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").lower()
    endpoint = environment.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or environment.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    on = (exporter in ("otlp", "console") or (not exporter and bool(endpoint))) and not _flag(environment, "OTEL_SDK_DISABLED")
    if exporter not in ("", "none", "otlp", "console"):
        raise ConfigurationError(f"OTEL_TRACES_EXPORTER can be otlp, console or none here, not {exporter!r}")
    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environment.get("OTEL_EXPORTER_OTLP_PROTOCOL") or "http/protobuf"
    if on and exporter != "console" and protocol != "http/protobuf":
        raise ConfigurationError(
            f"traces are sent by http/protobuf, not {protocol}", hint="the usual port of a collector for it is 4318, not 4317"
        )
    return {
        "tracing": on,
        "tracing_console": exporter == "console",
        "tracing_content": _flag(environment, "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"),
    }


def _flag(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() in {"1", "true", "yes"}


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(name)
    return Path(text) if text else None
