"""One embedded PostgreSQL for a whole test run, however many processes pytest-xdist spreads it over.

Whoever is first starts it and owns it; the owner stops it when the others have left. A process that comes later than that
starts it again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flowforge.db.embedded import EmbeddedPostgres


@contextmanager
def shared_server(run_id: str | None) -> Iterator[str]:
    """The URL of the server of that test run; without an id, of this process alone."""
    place = Path("/var/tmp" if os.path.isdir("/var/tmp") else tempfile.gettempdir())  # noqa: S108 - named by the run's random id
    if run_id is None:
        with _served(Path(tempfile.mkdtemp(prefix="flowforge-forge-", dir=place))) as url:
            yield url
        return
    import fcntl  # where there is none (Windows), there is no embedded server either

    directory = place / f"flowforge-forge-{run_id}"
    with Path(f"{directory}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        server = EmbeddedPostgres(directory, durable=False)
        try:
            yield server.start()
        finally:
            if server.owned:
                fcntl.flock(lock, fcntl.LOCK_EX)  # until the last guest has left
                server.stop()
                shutil.rmtree(directory, ignore_errors=True)
                Path(lock.name).unlink(missing_ok=True)


@contextmanager
def _served(directory: Path) -> Iterator[str]:
    directory.chmod(0o755)  # for the user that runs the server for root; pytest's own directories are closed to it
    server = EmbeddedPostgres(directory, durable=False)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)
