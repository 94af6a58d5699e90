"""`client.runs`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, body_of, call, listing, part
from flowforge.api.client.run_calls import RunCalls
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset

if TYPE_CHECKING:
    from flowforge.api.client import bodies


class Runs(RunCalls[Mode]):
    """`client.runs`"""

    @call
    def act_on_many(
        self,
        *,
        action: Literal["cancel", "replay", "delete", "dismiss", "pause", "resume", "move"],
        filter: bodies.RunFilterIn | Unset = UNSET,
        options: bodies.OptionsIn | Unset = UNSET,
        dry_run: bool | Unset = UNSET,
        confirm: bodies.ConfirmIn | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.BulkAnswer]:
        """Act on many runs.

        With `dry_run` only how many and which (200). Else it begins at once and goes on in the background, newest runs first; runs
        made after the preview are not touched. 409 when clearly another number matches than was confirmed.
        """
        return self._exchange.ask(
            models.BulkAnswer,
            "POST",
            "/v1/runs/bulk",
            body=body_of({"action": action, "filter": filter, "options": options, "dry_run": dry_run, "confirm": confirm}),
            idempotency_key=idempotency_key,
        )

    @listing
    def list_acts(self, *, limit: int | None = None) -> Items[models.BulkAct]:
        """List acts on many runs.

        The newest first.
        """
        return self._exchange.listing(models.BulkAct, "/v1/runs/bulk", limit=limit)

    @call
    def get_act(self, bulk_id: str, /) -> Talk[models.BulkAct]:
        """Show an act on many runs.

        How far it has got.
        """
        return self._exchange.ask(models.BulkAct, "GET", f"/v1/runs/bulk/{part(bulk_id)}")

    @listing
    def list(
        self,
        *,
        state: Literal["queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped"] | None = None,
        function: str | None = None,
        error_type: str | None = None,
        q: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        dismissed: bool | None = None,
        test: bool | None = None,
        agent: str | None = None,
        limit: int | None = None,
    ) -> Items[models.Run]:
        """List runs.

        Newest first. Failures that somebody should look at: `?state=failed&dismissed=false`.
        """
        return self._exchange.listing(
            models.Run,
            "/v1/runs",
            params={
                "state": state,
                "function": function,
                "error_type": error_type,
                "q": q,
                "since": since,
                "until": until,
                "dismissed": dismissed,
                "test": test,
                "agent": agent,
            },
            limit=limit,
        )

    @call
    def get(self, run_id: str, /) -> Talk[models.Run]:
        """Show a run.

        409 when an ending fits several runs.
        """
        return self._exchange.ask(models.Run, "GET", f"/v1/runs/{part(run_id)}")

    @call
    def delete(self, run_id: str, /, *, force: bool | None = None, idempotency_key: str | None = None) -> Talk[None]:
        """Delete a run.

        With its steps, outputs, frames and approvals; usage and the audit log stay. 409 for an open run without `force`.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/runs/{part(run_id)}", params={"force": force}, idempotency_key=idempotency_key)

    @listing
    def steps(self, run_id: str, /, *, after: int = 0) -> Items[models.Step]:
        """List a run's steps.

        In the order of the run's stream; not paged, a run has as many as its function wrote.
        """
        return self._exchange.listing(models.Step, f"/v1/runs/{part(run_id)}/steps", paged=False)

    @call
    def cancel(self, run_id: str, /, *, idempotency_key: str | None = None) -> Talk[models.Run]:
        """Cancel a run.

        A run that has not begun ends at once; of one that has, a worker first runs what cleans up. 409 when it had ended otherwise.
        """
        return self._exchange.ask(models.Run, "POST", f"/v1/runs/{part(run_id)}/cancellation", idempotency_key=idempotency_key)

    @call
    def pause(self, run_id: str, /, *, reason: str | Unset | None = UNSET, idempotency_key: str | None = None) -> Talk[models.Run]:
        """Pause a run.

        At once when no worker executes it, else as soon as the steps in flight have ended. 409 when it has ended.
        """
        return self._exchange.ask(
            models.Run, "PUT", f"/v1/runs/{part(run_id)}/pause", body=body_of({"reason": reason}), idempotency_key=idempotency_key
        )

    @call
    def resume(self, run_id: str, /, *, idempotency_key: str | None = None) -> Talk[models.Run]:
        """Resume a run.

        Also a run that the engine paused. What came meanwhile is not lost. 409 when it is not paused.
        """
        return self._exchange.ask(models.Run, "DELETE", f"/v1/runs/{part(run_id)}/pause", idempotency_key=idempotency_key)

    @call
    def dismiss(self, run_id: str, /, *, idempotency_key: str | None = None) -> Talk[models.Run]:
        """Dismiss a failure.

        Take a failed run off the list of failures (`?state=failed&dismissed=false`). 409 when it has not failed.
        """
        return self._exchange.ask(models.Run, "PUT", f"/v1/runs/{part(run_id)}/dismissal", idempotency_key=idempotency_key)

    @call
    def undismiss(self, run_id: str, /, *, idempotency_key: str | None = None) -> Talk[models.Run]:
        """Take a dismissal back.

        Put a failed run on the list again.
        """
        return self._exchange.ask(models.Run, "DELETE", f"/v1/runs/{part(run_id)}/dismissal", idempotency_key=idempotency_key)

    @call
    def move(self, run_id: str, /, *, version: str | None, idempotency_key: str | None = None) -> Talk[models.Run]:
        """Move a run to another version.

        From its next claim on, workers with this version of its function execute it. 409 when it has ended.
        """
        return self._exchange.ask(
            models.Run, "PUT", f"/v1/runs/{part(run_id)}/version", body=body_of({"version": version}), idempotency_key=idempotency_key
        )

    @call
    def frames(self, run_id: str, /, *, after: int = 0, wait: int | None = None, limit: int | None = None) -> Talk[models.Frames]:
        """Ask for a run's frames.

        The frames of its stream, for who cannot hold one open: what is there, or what comes within `wait` seconds.
        """
        return self._exchange.ask(
            models.Frames, "GET", f"/v1/runs/{part(run_id)}/frames", params={"after": after, "wait": wait, "limit": limit}
        )

    @call
    def replay(
        self,
        run_id: str,
        /,
        *,
        from_step: str | Unset | None = UNSET,
        from_failure: bool | Unset = UNSET,
        input: Any = UNSET,
        dry_run: bool | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Replay]:
        """Replay a run.

        Run a finished run again, as a new run that names its origin. 409 while it has not ended, 404 also for an unknown step.
        """
        return self._exchange.ask(
            models.Replay,
            "POST",
            f"/v1/runs/{part(run_id)}/replays",
            body=body_of({"from_step": from_step, "from_failure": from_failure, "input": input, "dry_run": dry_run}),
            idempotency_key=idempotency_key,
        )

    @listing
    def list_ids(self, *, ending: str) -> Items[models.Named]:
        """Find what an ending of an id names.

        Runs, approvals and events that the caller may read. What is no id names nothing: the list is empty.
        """
        return self._exchange.listing(models.Named, "/v1/ids", params={"ending": ending}, paged=False)

    @call
    def history(self, run_id: str, /) -> Talk[models.RunHistory]:
        """Export a run's history.

        Everything that a replay of the run finds, large outputs too: for `flowforge check-replay` and `flowforge.testing`.

        Without the permission `data:read_sensitive` declared fields are masked, and a replay of it may go another way.
        """
        return self._exchange.ask(models.RunHistory, "GET", f"/v1/runs/{part(run_id)}/history")

    @call
    def signal(self, run_id: str, /, *, signal: str, data: Any = UNSET, idempotency_key: str | None = None) -> Talk[models.Signal]:
        """Signal a run.

        Store a signal for an open run and wake it. It may come before the run waits for it. 409 when the run has ended.
        """
        return self._exchange.ask(
            models.Signal,
            "POST",
            f"/v1/runs/{part(run_id)}/signals",
            body=body_of({"signal": signal, "data": data}),
            idempotency_key=idempotency_key,
        )

    @call
    def tell(self, run_id: str, /, *, text: str, idempotency_key: str | None = None) -> Talk[models.Message]:
        """Speak to the agent of a run.

        Read at the run's next turn. 409 when it has ended, or no agent works in it.
        """
        return self._exchange.ask(
            models.Message, "POST", f"/v1/runs/{part(run_id)}/messages", body=body_of({"text": text}), idempotency_key=idempotency_key
        )

    @listing
    def messages(self, run_id: str, /, *, limit: int | None = None) -> Items[models.Message]:
        """List what was said to a run.

        Each with the turn at which the agent saw it.
        """
        return self._exchange.listing(models.Message, f"/v1/runs/{part(run_id)}/messages", limit=limit)
