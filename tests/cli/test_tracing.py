"""Traces of a worker process reach a collector, by the standard variables."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Start = Callable[..., Running]

APP = """
import flowforge
from flowforge import step

@flowforge.function(trigger="order/created")
async def process_order(ctx):
    await step.run("ship", lambda: print("shipped", flush=True))
"""


class Collector(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Received)
        self.requests: list[tuple[str, ExportTraceServiceRequest]] = []

    @property
    def spans(self) -> list[Any]:
        return [span for _, request in self.requests for r in request.resource_spans for scope in r.scope_spans for span in scope.spans]


class Received(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        import gzip

        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.requests.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.thorough
def test_a_workers_spans_reach_the_collector_before_it_ends(tmp_path: Path, start: Start, collector: Collector) -> None:
    (tmp_path / "app.py").write_text(APP)
    server = start("serve", "--port", "0")
    server.ready()
    endpoint = f"http://127.0.0.1:{collector.server_port}"
    worker = start("worker", "app.py", OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_SERVICE_NAME="shop", OTEL_BSP_SCHEDULE_DELAY="60000")
    worker.until("working · ready")
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with httpx.Client(base_url=server.url, headers=server.bearer, trust_env=False) as http:
        sent = http.post("/events", json={"name": "order/created"}, headers={"traceparent": traceparent}).json()
        worker.until("shipped")
        run = sent["data"][0]["runs"][0]
        while http.get(f"/v1/runs/{run}").json()["state"] != "completed":  # the suite's own time-out ends what does not come
            assert worker.process.poll() is None
    assert worker.end() == 0, worker.output

    assert sorted(span.name for span in collector.spans) == ["run app.process_order", "run ship"]
    assert {span.trace_id.hex() for span in collector.spans} == {"0af7651916cd43dd8448eb211c80319c"}
    path, request = collector.requests[0]
    service = {a.key: a.value.string_value for a in request.resource_spans[0].resource.attributes}["service.name"]
    assert (path, service) == ("/v1/traces", "shop")
