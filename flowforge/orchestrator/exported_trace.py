"""Spans for OpenTelemetry, made from what the committer has written: each step attempt once, each run once, at its end.

Nothing is measured here: a span says what the step's row says. As a row is committed once, a replay makes no second span; and as the
ids follow from run and step, the spans of a run that went through several workers fit together. What a killed process had not yet sent is
lost with it (OTEL_BSP_SCHEDULE_DELAY bounds how much that is).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from opentelemetry import context as contexts
from opentelemetry import trace as api
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from flowforge import ids
from flowforge.orchestrator.change import COMPLETED, FAILED, WAITING, Ack, Change, Lease, StepRow, UsageRow
from flowforge.orchestrator.trace import SAMPLED, Trace, span_of_step
from flowforge.secrets.redact import redact

if TYPE_CHECKING:
    from flowforge.orchestrator.step_scope import StepScope

CONTENT_CHARACTERS_MAX = 32_000
_PROVIDERS = {
    "gemini": "gcp.gemini",
    "vertex_ai": "gcp.vertex_ai",
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "mistral": "mistral_ai",
}

Attributes = dict[str, str | int | float]


class DecidedIds(RandomIdGenerator):
    """The span id that was decided for the next span of this thread; random ones for spans of users' own."""

    def __init__(self) -> None:
        self._next = threading.local()

    def decide(self, span_id: int, trace_id: int) -> None:
        self._next.ids = (span_id, trace_id)

    def generate_span_id(self) -> int:
        decided = getattr(self._next, "ids", None)
        if decided is None:
            return super().generate_span_id()
        self._next.ids = None
        span_id: int = decided[0]
        return span_id

    def generate_trace_id(self) -> int:
        decided = getattr(self._next, "ids", None)
        return super().generate_trace_id() if decided is None else decided[1]


class SpanExporter:
    """Makes spans of committed changes and hands them to a processor. `content`: prompts and answers too."""

    def __init__(self, processor: SpanProcessor, *, content: bool = False) -> None:
        self._ids = DecidedIds()
        self._content = content
        self.provider = TracerProvider(resource=_resource(), id_generator=self._ids)
        self.provider.add_span_processor(processor)
        self._tracer = self.provider.get_tracer("flowforge")

    def close(self) -> None:
        """Send what is still here; the SDK bounds how long that takes."""
        self.provider.shutdown()

    def wants(self, trace_id: int, traceparent_flags: int | None) -> bool:
        parent = None
        if traceparent_flags is not None:
            origin = SpanContext(trace_id, 1, is_remote=True, trace_flags=TraceFlags(traceparent_flags))
            parent = api.set_span_in_context(NonRecordingSpan(origin), contexts.Context())
        return self.provider.sampler.should_sample(parent, trace_id, "run").decision == Decision.RECORD_AND_SAMPLE

    def enter(self, scope: StepScope) -> None:
        execution = scope.execution
        trace = execution.lease.trace
        if trace is not None:
            here = _context(trace, span_of_step(execution.run_id, scope.key, scope.attempt))
            contexts.attach(api.set_span_in_context(NonRecordingSpan(here)))

    def committed(self, change: Change, answer: Ack) -> None:
        trace = change.lease.trace
        if trace is None:
            return
        step = change.step
        if step is not None and step.state in (COMPLETED, FAILED):
            self._attempt(trace, change, step, step.attempt, answer.now)
        elif step is not None and step.state == WAITING and step.failures is not None:  # it is to be tried again: the row has the next one
            self._attempt(trace, change, step, step.attempt - 1, answer.now)
        if change.end is not None:
            self._run(trace, change, answer.now)

    def _attempt(self, trace: Trace, change: Change, step: StepRow, attempt: int, ended: datetime) -> None:
        lease = change.lease
        own = span_of_step(lease.run_id, step.key, attempt)
        began = ended - timedelta(seconds=step.seconds)
        for n, row in enumerate(change.usage):
            self._model_call(trace, lease, own, step, row, n, began, ended)
        parent = ids.span_id(lease.run_id, step.parent) if step.parent else ids.span_id(lease.run_id)
        attributes: Attributes = {
            **_about(lease),
            "flowforge.step.key": step.key,
            "flowforge.step.name": step.name,
            "flowforge.step.kind": step.kind,
            "flowforge.step.attempt": attempt,
        }
        name = f"{step.kind} {step.name}"
        if step.kind == "tool":
            name = f"execute_tool {step.name}"
            attributes |= {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": step.name}
        self._span(trace, own, parent, name, SpanKind.INTERNAL, attributes, began, ended, step.error)

    def _model_call(
        self, trace: Trace, lease: Lease, parent: int, step: StepRow, row: UsageRow, n: int, began: datetime, step_ended: datetime
    ) -> None:
        used = row.usage
        ended = min(step_ended, began + timedelta(milliseconds=used.latency_ms)) if n == 0 else step_ended
        operation = "embeddings" if used.kind == "embedding" else "chat"
        attributes: Attributes = {
            **_about(lease),
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": _PROVIDERS.get(used.provider, used.provider),
            "gen_ai.request.model": used.model,
            "gen_ai.usage.input_tokens": used.input_tokens,
            "gen_ai.usage.output_tokens": used.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": used.cached_tokens,
            "gen_ai.usage.reasoning.output_tokens": used.reasoning_tokens,
        }
        if used.cost is not None:
            attributes["flowforge.cost_usd"] = float(used.cost)
        if used.first_token_ms is not None:
            attributes["gen_ai.response.time_to_first_chunk"] = used.first_token_ms / 1000
        if self._content:
            attributes |= _said(step)
        own = ids.span_id(lease.run_id, f"{step.key}\n{row.attempt}\nmodel {n}")
        begin = ended - timedelta(milliseconds=used.latency_ms)
        self._span(trace, own, parent, f"{operation} {used.model}", SpanKind.CLIENT, attributes, max(began, begin), ended, None)

    def _run(self, trace: Trace, change: Change, ended: datetime) -> None:
        end = change.end
        assert end is not None
        attributes: Attributes = {**_about(change.lease), "flowforge.run.state": end.state, "flowforge.run.attempt": end.attempt}
        kind = SpanKind.INTERNAL if end.child else SpanKind.CONSUMER
        name = f"run {change.lease.function_id}"
        error = end.error if end.state == "failed" else None
        self._span(trace, ids.span_id(change.lease.run_id), trace.parent_span_id, name, kind, attributes, end.started_at, ended, error)

    def _span(
        self,
        trace: Trace,
        own: int,
        parent: int | None,
        name: str,
        kind: SpanKind,
        attributes: Mapping[str, Any],
        began: datetime,
        ended: datetime,
        error: str | None,
    ) -> None:
        above = contexts.Context()
        if parent is not None:
            above = api.set_span_in_context(NonRecordingSpan(_context(trace, parent)), above)
        self._ids.decide(own, trace.trace_id)
        span = self._tracer.start_span(name, above, kind, attributes, start_time=_nanoseconds(began))
        if error is not None:
            told = json.loads(error)
            span.set_attribute("error.type", told.get("type") or "_OTHER")
            span.set_status(Status(StatusCode.ERROR, redact(str(told.get("message") or ""))[:500]))
        span.end(_nanoseconds(ended))


def _resource() -> Resource:
    """What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say; the service is `flowforge` unless they name it."""
    found = Resource.create()
    named = not str(found.attributes.get("service.name", "unknown_service")).startswith("unknown_service")
    return found if named else found.merge(Resource({"service.name": "flowforge"}))


def _context(trace: Trace, span_id: int) -> SpanContext:
    return SpanContext(trace.trace_id, span_id, is_remote=True, trace_flags=TraceFlags(SAMPLED))


def _about(lease: Lease) -> Attributes:
    about: Attributes = {
        "flowforge.run.id": ids.show("run", lease.run_id),
        "flowforge.function": lease.function_id,
        "flowforge.tenant.id": ids.show("tnt", lease.tenant_id),
    }
    if lease.agent_id is not None:
        about["gen_ai.agent.id"] = ids.show("agt", lease.agent_id)
    return about


def _said(step: StepRow) -> Attributes:
    """What was asked and answered, as far as the step's row has it, in the form that the conventions ask for."""
    said: Attributes = {}
    asked = json.loads(step.input) if step.input else None
    messages = asked.get("messages") if isinstance(asked, dict) else None
    if isinstance(messages, list):
        said["gen_ai.input.messages"] = _messages([(str(m.get("role")), m.get("content")) for m in messages if isinstance(m, dict)])
    if step.output is not None:
        said["gen_ai.output.messages"] = _messages([("assistant", json.loads(step.output))])
    return said


def _messages(messages: list[tuple[str, Any]]) -> str:
    def text(content: Any) -> str:
        return redact(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))[:CONTENT_CHARACTERS_MAX]

    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text(said)}]} for role, said in messages], ensure_ascii=False)


def _nanoseconds(moment: datetime) -> int:
    whole = int(moment.timestamp())
    return whole * 1_000_000_000 + moment.microsecond * 1000
