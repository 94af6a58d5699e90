"""The engine's steps. Importing this registers how they look."""

from flowforge.orchestrator.steps import looks as looks
from flowforge.orchestrator.steps.engine import EngineSteps

__all__ = ["EngineSteps"]
