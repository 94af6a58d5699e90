"""Workers: claim, execute, commit, look, sweep. `Worker` is the way in; it imports everything else here."""

from flowforge.orchestrator.worker.worker import Worker

__all__ = ["Worker"]
