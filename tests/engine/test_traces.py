"""Traces: one for each run and its children, every step attempt once, as the conventions for model calls want it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from opentelemetry import trace as api
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from flowforge import current_step, ids
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import ConfigurationError, NonRetryable
from flowforge.orchestrator import trace as trace_module
from flowforge.orchestrator.change import COMPLETED, Ack, Change, Lease, StepRow, UsageRow
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.exported_trace import SpanExporter
from flowforge.orchestrator.models.usage import Usage
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.trace import Trace, drop_origins, export_to, keep_origins, read_traceparent
from flowforge.settings import Settings
from flowforge.steps import step

ORIGIN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Spans:
    """What was exported, by name."""

    def __init__(self, *, content: bool = False) -> None:
        self.memory = InMemorySpanExporter()
        self.exporter = SpanExporter(SimpleSpanProcessor(self.memory), content=content)

    @property
    def all(self) -> tuple[ReadableSpan, ...]:
        return self.memory.get_finished_spans()

    def __getitem__(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.all if span.name == name]
        return found

    def above(self, name: str) -> str | None:
        """The name of a span's parent, or the parent's id where it is not one of ours."""
        parent = self[name].parent
        return None if parent is None else next((s.name for s in self.all if s.context.span_id == parent.span_id), f"{parent.span_id:x}")


@pytest.fixture
def spans() -> Iterator[Spans]:
    spans = Spans()
    export_to(spans.exporter)
    yield spans
    export_to(None)
    spans.exporter.close()


async def traced(engine: Any, tenant_id: UUID, origin: str) -> None:
    """One run, of an event that came with a traceparent."""

    @engine.function(trigger="a/b", id="order.ship")
    async def ship(ctx: Any) -> None:
        await step.run("one", lambda: 1)

    worker = await engine.worker()
    await publish_functions(engine.database.pool, engine.registry, app="app")
    event_id = ids.new_id()
    await keep_origins(engine.database.pool, tenant_id, [event_id], origin)
    (accepted,) = await send_events(engine.database, tenant_id, [NewEvent("a/b", {}, event_id=event_id)], bell=worker.bell)
    await engine.end_of(accepted.run_ids[0])


async def test_a_run_is_a_trace_with_a_span_for_each_step_and_one_for_itself_at_its_end(engine, spans):
    @engine.function(trigger="a/b", id="order.ship")
    async def ship(ctx: Any) -> None:
        await step.run("one", lambda: 1)
        await asyncio.gather(step.run("two", lambda: 2), step.sleep("rest", 0.01))

    view = await engine.do("a/b")

    assert sorted(span.name for span in spans.all) == ["run one", "run order.ship", "run two", "sleep rest"]
    assert {span.context.trace_id for span in spans.all} == {ids.trace_id(view.run_id)}
    assert spans.above("run order.ship") is None and spans["run order.ship"].kind == SpanKind.CONSUMER
    assert {spans.above(name) for name in ("run one", "run two", "sleep rest")} == {"run order.ship"}
    one, run = spans["run one"], spans["run order.ship"]
    assert one.attributes["flowforge.run.id"] == ids.show("run", view.run_id)
    assert (one.attributes["flowforge.step.key"], one.attributes["flowforge.step.attempt"]) == ("one", 1)
    assert run.attributes["flowforge.run.state"] == "completed"
    assert run.start_time <= one.start_time <= one.end_time <= run.end_time


async def test_each_attempt_is_a_span_of_its_own_with_its_error(engine, spans):
    @engine.function(trigger="a/b", id="order.ship")
    async def ship(ctx: Any) -> None:
        def refuse() -> None:
            if current_step().attempt == 1:
                raise ConnectionError("password=hunter2-hunter2")
            raise NonRetryable("no")

        await step.run("x", refuse)

    await engine.do("a/b")

    attempts = [span for span in spans.all if span.name == "run x"]
    assert [span.attributes["flowforge.step.attempt"] for span in attempts] == [1, 2]
    assert [span.attributes["error.type"] for span in attempts] == ["ConnectionError", "NonRetryable"]
    assert {span.status.status_code for span in attempts} == {StatusCode.ERROR} and "hunter2" not in attempts[0].status.description
    assert len({span.context.span_id for span in attempts}) == 2
    run = spans["run order.ship"]
    assert (run.attributes["error.type"], run.status.status_code) == ("StepError", StatusCode.ERROR)


async def test_a_run_that_is_replayed_exports_nothing_twice(engine, spans):
    @engine.function(trigger="a/b", id="order.ship")
    async def ship(ctx: Any) -> None:
        await step.run("one", lambda: 1)
        await step.sleep("rest", "1h")
        await step.run("two", lambda: 2)

    worker = await engine.worker()
    run = await engine.start("a/b")
    await engine.state(run, "sleeping")
    await engine.stop(worker)
    await engine.worker()
    await engine.advance(3601)
    await engine.end_of(run)

    assert sorted(span.name for span in spans.all) == ["run one", "run order.ship", "run two", "sleep rest"]
    assert {span.context.trace_id for span in spans.all} == {ids.trace_id(run)}


async def test_a_child_hangs_below_the_step_that_invoked_it(engine, spans):
    @engine.function(id="order.child")
    async def child(ctx: Any) -> None:
        await step.run("inner", lambda: 1)

    @engine.function(trigger="a/b", id="order.parent")
    async def parent(ctx: Any) -> None:
        await step.invoke("ask", child)

    view = await engine.do("a/b")

    assert {span.context.trace_id for span in spans.all} == {ids.trace_id(view.run_id)}
    assert [spans.above(name) for name in ("run inner", "run order.child", "invoke ask")] == [
        "run order.child",
        "invoke ask",
        "run order.parent",
    ]


async def test_a_run_that_a_traced_request_began_belongs_to_its_trace(engine, spans, tenant_id):
    await traced(engine, tenant_id, ORIGIN)
    assert {f"{span.context.trace_id:032x}" for span in spans.all} == {"0af7651916cd43dd8448eb211c80319c"}
    assert spans.above("run order.ship") == "b7ad6b7169203331" and spans.above("run one") == "run order.ship"


async def test_a_request_that_is_not_sampled_makes_no_spans(engine, spans, tenant_id):
    await traced(engine, tenant_id, ORIGIN.removesuffix("01") + "00")
    assert spans.all == ()


async def test_what_a_step_sends_goes_on_in_its_trace(engine, spans):
    @engine.function(trigger="a/b", id="order.first")
    async def first(ctx: Any) -> None:
        await step.send_event("tell", "a/c", {})

    @engine.function(trigger="a/c", id="order.second")
    async def second(ctx: Any) -> None: ...

    view = await engine.do("a/b")
    async with asyncio.timeout(10):
        while not any(span.name == "run order.second" for span in spans.all):
            await asyncio.sleep(0.01)
    assert spans["run order.second"].context.trace_id == ids.trace_id(view.run_id)
    assert spans.above("run order.second") == "send_event tell"


async def test_spans_that_a_body_makes_itself_hang_below_its_step(engine, spans):
    tracer = spans.exporter.provider.get_tracer("users")

    @engine.function(trigger="a/b", id="order.ship")
    async def ship(ctx: Any) -> None:
        async def in_the_loop() -> None:
            with tracer.start_as_current_span("mine"):
                await asyncio.sleep(0)

        def in_a_thread() -> None:
            with tracer.start_as_current_span("mine too"):
                api.get_current_span().set_attribute("x", 1)

        await asyncio.gather(step.run("one", in_the_loop), step.run("two", in_a_thread))

    await engine.do("a/b")
    assert spans.above("mine") == "run one" and spans.above("mine too") == "run two"


async def test_an_exporter_that_breaks_costs_no_run(engine, spans, monkeypatch, caplog):
    @engine.function(trigger="a/b")
    async def ship(ctx: Any) -> None:
        await step.run("one", lambda: 1)

    def broken(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(spans.exporter, "committed", broken)
    assert (await engine.do("a/b")).state == "completed"
    assert "trace.not_exported" in caplog.text


def test_a_ratio_keeps_that_part_of_all_traces(monkeypatch):
    """A run's id is no even number, so its trace's is hashed."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.25")
    exporter = SpanExporter(SimpleSpanProcessor(InMemorySpanExporter()))
    kept = sum(exporter.wants(ids.trace_id(ids.new_id()), None) for _ in range(2000))
    assert 400 < kept < 600
    assert exporter.wants(1, 1) and not exporter.wants(1, 0)


# ── model calls ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def answer_of_a_model(spans: Spans, tenant_id: UUID) -> None:
    used = Usage("gpt-4o", "openai", 100, 20, cached_tokens=40, cost=Decimal("0.0021"), latency_ms=800, first_token_ms=200)
    lease = Lease(tenant_id, ids.new_id(), 1, "order.ship", agent_id=ids.new_id())
    lease.trace = Trace(7, None, 1)
    asked = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "Is sk-canary-1234567 risky?"}]})
    row = StepRow("fraud", "fraud", "ai", COMPLETED, 3, input=asked, output=json.dumps("no"), seconds=1.0)
    change = Change(lease, print, row, usage=(UsageRow(ids.new_id(), "fraud", 1, used),))
    spans.exporter.committed(change, Ack(SYSTEM_CLOCK.now(), False, False))


def test_a_model_call_is_a_client_span_as_the_conventions_say(spans, tenant_id):
    answer_of_a_model(spans, tenant_id)
    call = spans["chat gpt-4o"]
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 40,
        "flowforge.cost_usd": 0.0021,
    }
    assert {name: call.attributes[name] for name in expected} == expected
    assert call.kind == SpanKind.CLIENT and spans.above("chat gpt-4o") == "ai fraud"
    assert round((call.end_time - call.start_time) / 1e6) == 800
    assert not [name for span in spans.all for name in span.attributes if "messages" in name], "no prompts unless they are asked for"


def test_prompts_and_answers_come_along_only_when_switched_on_and_without_secrets(tenant_id):
    spans = Spans(content=True)
    answer_of_a_model(spans, tenant_id)
    call = spans["chat gpt-4o"]
    assert json.loads(call.attributes["gen_ai.output.messages"]) == [{"role": "assistant", "parts": [{"type": "text", "content": "no"}]}]
    assert "risky?" in call.attributes["gen_ai.input.messages"] and "canary" not in call.attributes["gen_ai.input.messages"]


# ── off, settings, origins ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_traces_that_are_off_ask_the_database_nothing(engine, monkeypatch):
    monkeypatch.setattr(trace_module, "sql", None)

    @engine.function(trigger="a/b")
    async def ship(ctx: Any) -> None:
        await step.run("one", lambda: 1)
        await step.send_event("tell", "a/c", {})

    assert (await engine.do("a/b")).state == "completed"


def test_a_worker_without_traces_imports_nothing_for_them():
    code = "import sys, flowforge.orchestrator.worker, flowforge.cli.engine, flowforge.cli.tracing, flowforge.alerts.watch\n"
    code += "print([name for name in sys.modules if name.startswith(('opentelemetry', 'prometheus', 'httpx'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("environment", "on"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "console"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, False),
    ],
)
def test_traces_are_on_where_the_standard_variables_say_where_they_go(environment, on):
    assert Settings.from_environment(environment).tracing is on


def test_what_cannot_be_exported_is_refused():
    with pytest.raises(ConfigurationError, match="zipkin"):
        Settings.from_environment({"OTEL_TRACES_EXPORTER": "zipkin"})
    with pytest.raises(ConfigurationError, match="http/protobuf"):
        Settings.from_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})


@pytest.mark.parametrize(
    "text", [None, "", "00-0-0-01", ORIGIN.upper(), "00-" + "0" * 32 + "-b7ad6b7169203331-01", ORIGIN + "-x", "ff" + ORIGIN[2:]]
)
def test_a_wrong_traceparent_is_as_good_as_none(text):
    assert read_traceparent(text) is None
    assert read_traceparent(ORIGIN) == ORIGIN


async def test_origins_of_what_is_gone_are_forgotten(engine, tenant_id):
    kept, gone, fresh = (await engine.send("a/b")).event_id, ids.new_id(), ids.new_id()
    await keep_origins(engine.database.pool, tenant_id, [kept, gone, fresh], ORIGIN)
    await engine.database.pool.execute(
        "update flowforge.trace_origin set created_at = now() - interval '2 days' where subject_id <> $1", fresh
    )
    await drop_origins(engine.database.pool)
    rows = await engine.database.pool.fetch("select subject_id from flowforge.trace_origin")
    assert {row["subject_id"] for row in rows} == {kept, fresh}
