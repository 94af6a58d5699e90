"""Following runs to their end, and waiting for it."""

from __future__ import annotations

from flowforge.api.client.models import Run
from flowforge.api.client.noun import Mode, Noun, call, listing, part
from flowforge.api.client.talk import Items, Talk, first
from flowforge.api.client.wire import Frame
from flowforge.durations import Duration, seconds
from flowforge.errors import StillRunning

RUN_ENDS = frozenset({"run.completed", "run.failed", "run.cancelled", "run.skipped"})


class RunCalls(Noun[Mode]):
    """`client.runs`"""

    @call
    def wait(self, run_id: str, /, *, timeout: Duration | None = None) -> Talk[Run]:
        """The run, once it has ended in whatever way; it is waited for on its stream, not by asking again and again.

        Raises StillRunning, which is a TimeoutError, when it has not ended after `timeout` (seconds, `"10m"` or a timedelta), and
        NotFound. It may come some seconds late where the run's stream spoke shortly before. A run that waits for a person or an event
        goes on all the same: only the waiting for it ends.

        >>> client.runs.wait(sent.runs[0], timeout="5m").output     # doctest: +SKIP
        """
        path = f"/v1/runs/{part(run_id)}"
        run = yield from self._exchange.ask(Run, "GET", path)
        if run.ended_at is None:
            left = None if timeout is None else seconds(timeout)
            frames = self._exchange.follow(f"{path}/stream", after=run.seq, seconds=left)
            yield from first(frames, lambda frame: frame.name in RUN_ENDS)
            run = yield from self._exchange.ask(Run, "GET", path)
        if run.ended_at is None:
            raise StillRunning(run.id, run.state)
        return run

    @listing
    def follow(self, run_id: str, /, *, after: int = 0) -> Items[Frame]:
        """The frames of a run from `after` on, live, until the run ends. A cut connection is resumed: none is missed, none comes twice.

        >>> for frame in client.runs.follow(run.id):     # doctest: +SKIP
        ...     if frame.name == "reasoning.delta":
        ...         print(frame.data["text"], end="")
        """
        return self._exchange.follow(f"/v1/runs/{part(run_id)}/stream", after=after, ends=RUN_ENDS)
