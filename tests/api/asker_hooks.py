"""For the program of test_everything_asked.py, which reads it in an environment of its own: how an archive goes into a request."""

from __future__ import annotations

import schemathesis  # type: ignore[import-not-found]


@schemathesis.serializer("application/zip", "application/gzip")  # type: ignore[untyped-decorator]
def archive(context: object, value: object) -> object:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
