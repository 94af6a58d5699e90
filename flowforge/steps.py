"""The public `step` object, put together here at the door from what the rooms offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowforge.durations import Duration, seconds
from flowforge.orchestrator.context import install_step
from flowforge.orchestrator.retry import OnUncertain, StepOptions
from flowforge.orchestrator.steps import EngineSteps

if TYPE_CHECKING:
    from flowforge.agents.agent_step import agent
    from flowforge.board.approve_step import approve
    from flowforge.orchestrator.flow.control import Limit
    from flowforge.orchestrator.models.ai import ModelSteps
else:

    class ModelSteps:
        """The model steps, imported when the first one is called; type checkers see the real class with its overloads."""

        @property
        def ai(self):
            return _model_steps(self._options).ai

        @property
        def embed(self):
            return _model_steps(self._options).embed

    def _model_steps(options):
        import flowforge.agents.tool_loop  # noqa: F401 - registers who leads conversations with tools
        from flowforge.orchestrator.models.ai import ModelSteps as Imported

        return Imported(options)


class Step(EngineSteps, ModelSteps):
    """Everything that a function can do durably. Each call returns a future: await it, or gather several.

    run · map · ai · embed · agent · approve · sleep · sleep_until · wait_for_event · wait_for_events · wait_for_signal · signal · invoke
    send_event
    """

    if TYPE_CHECKING:
        agent = staticmethod(agent)
        approve = staticmethod(approve)
    else:

        @property
        def agent(self):
            from flowforge.agents.agent_step import agent

            return agent

        @property
        def approve(self):
            from flowforge.board.approve_step import approve

            return approve

    def options(
        self,
        *,
        retries: int | None = None,
        timeout: Duration | None = None,
        on_uncertain: OnUncertain = "retry",
        limit: Limit | None = None,
        weight: int = 1,
    ) -> Step:
        """The same steps with other options: how often `run`, `map`, `ai`, `embed`, `send_event` and `signal` are retried, how long one
        attempt may take (StepTimeout after that), and what follows when a worker dies while the body runs: "retry" it, or "fail".

        `limit`: an attempt begins once it holds `weight` of that limit, across all workers; the run keeps its place meanwhile.

        await step.options(retries=10, timeout="30s", on_uncertain="fail").run("charge", charge, order)
        """
        return Step(StepOptions(retries, None if timeout is None else seconds(timeout), on_uncertain, limit, weight))


step = Step()
install_step(step)
