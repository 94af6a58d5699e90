"""Traces of a process that works: on where the OTEL_* variables say where they go. OpenTelemetry is imported then, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from flowforge.errors import ConfigurationError
from flowforge.orchestrator.trace import export_to
from flowforge.settings import Settings


@asynccontextmanager
async def tracing(settings: Settings) -> AsyncIterator[None]:
    """Export spans while the context lasts. Raises ConfigurationError where the extra is not installed."""
    if not settings.tracing:
        yield
        return
    try:
        from opentelemetry import trace as api
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
    except ImportError as error:
        raise ConfigurationError(
            f"traces are on, but {error.name} is not installed", hint='pip install "flowforge[otel]", or set OTEL_SDK_DISABLED=true'
        ) from None
    from flowforge.orchestrator.exported_trace import SpanExporter

    processor = BatchSpanProcessor(ConsoleSpanExporter() if settings.tracing_console else OTLPSpanExporter())
    exporter = SpanExporter(processor, content=settings.tracing_content)
    if isinstance(api.get_tracer_provider(), api.ProxyTracerProvider):
        api.set_tracer_provider(exporter.provider)  # so that users' own spans, inside of steps, come along
    export_to(exporter)
    try:
        yield
    finally:
        export_to(None)
        await asyncio.to_thread(exporter.close)
