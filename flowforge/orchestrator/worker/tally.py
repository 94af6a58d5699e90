"""Counting what a flush has written, once it is committed: the one place where the hot path meets the metrics."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flowforge import metrics
from flowforge.orchestrator.change import COMPLETED, FAILED, WAITING, Change, Lease


def tally(changes: Sequence[Change], lost: Collection[Lease], seconds: float) -> None:
    """Count a committed flush; what belongs to a lost lease was not written."""
    metrics.COMMITS.add()
    metrics.FLUSH_SECONDS.add(seconds)
    metrics.FLUSH_CHANGES.add(len(changes))
    for change in changes:
        step = change.step
        if lost and change.lease in lost:
            continue
        if step is not None:
            if step.state == COMPLETED:
                metrics.STEP_SECONDS.add(step.seconds, step.kind)
            elif step.state == FAILED:
                metrics.STEPS_FAILED.add(step.kind)
            elif step.state == WAITING and step.failures is not None:
                metrics.STEP_RETRIES.add(step.kind)
        if change.end is not None:
            metrics.RUNS_ENDED.add(change.lease.function_id, change.end.state)
        if change.frames:
            metrics.FRAMES_WRITTEN.add(amount=len(change.frames))
        if change.usage:
            _count_usage(change)


def _count_usage(change: Change) -> None:
    for row in change.usage:
        used = row.usage
        price = "unanswered" if used.outcome == "unknown" else "unknown" if used.cost is None else "known"
        metrics.MODEL_CALLS.add(used.model, price)
        if used.cost is not None:
            metrics.COST.add(used.model, amount=float(used.cost))
        for direction, tokens in (
            ("input", used.input_tokens),
            ("output", used.output_tokens),
            ("cached", used.cached_tokens),
            ("reasoning", used.reasoning_tokens),
        ):
            if tokens:
                metrics.TOKENS.add(used.model, direction, amount=tokens)
