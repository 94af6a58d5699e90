"""The public `step` object, put together here at the door from what the rooms offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowforge.durations import Duration, seconds
from flowforge.orchestrator.context import install_step
from flowforge.orchestrator.retry import StepOptions
from flowforge.orchestrator.steps import EngineSteps

if TYPE_CHECKING:
    from flowforge.board.approve_step import approve
    from flowforge.orchestrator.models.ai import ModelSteps
else:

    class ModelSteps:
        """The model steps, imported when the first one is called; type checkers see the real class with its overloads."""

        @property
        def ai(self):
            from flowforge.orchestrator.models.ai import ModelSteps as Imported

            return Imported(self._options).ai


class Step(EngineSteps, ModelSteps):
    """Everything that a function can do durably. Each call returns a future: await it, or gather several.

    run · ai · sleep · wait_for_event · invoke · send_event · approve
    """

    if TYPE_CHECKING:
        approve = staticmethod(approve)
    else:

        @property
        def approve(self):
            from flowforge.board.approve_step import approve

            return approve

    def options(self, *, retries: int | None = None, timeout: Duration | None = None) -> Step:
        """The same steps with other options: how often `run`, `ai` and `send_event` are retried, how long one attempt may take.

        await step.options(retries=10, timeout="30s").run("charge", charge, order)
        """
        return Step(StepOptions(retries=retries, timeout_seconds=None if timeout is None else seconds(timeout)))


step = Step()
install_step(step)
