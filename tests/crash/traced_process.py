"""The worker of `process.py` with traces: `python traced_process.py URL LOG SPANS`; each span is a line in SPANS as soon as it is made."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from process import main

from flowforge.orchestrator import exported_trace
from flowforge.orchestrator.trace import export_to

FILE = os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


class ToFile(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            above = f"{span.parent.span_id:016x}" if span.parent else "-"
            own = f"{span.context.trace_id:032x}\t{span.context.span_id:016x}"
            os.write(FILE, f"{own}\t{above}\t{span.name}\t{os.getpid()}\n".encode())
        return SpanExportResult.SUCCESS


if __name__ == "__main__":
    export_to(exported_trace.SpanExporter(SimpleSpanProcessor(ToFile())))
    asyncio.run(main(sys.argv[1]))
