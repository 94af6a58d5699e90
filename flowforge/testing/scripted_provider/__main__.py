"""`python -m flowforge.testing.scripted_provider --port 0`: the provider alone, until interrupted."""

from __future__ import annotations

import argparse
import contextlib
import threading

from flowforge.testing.scripted_provider.reply import Script
from flowforge.testing.scripted_provider.scripts import atlas, everyday
from flowforge.testing.scripted_provider.server import ScriptedProvider

_SCRIPTS: dict[str, Script] = {"everyday": everyday, "atlas": atlas}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m flowforge.testing.scripted_provider", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--script", choices=sorted(_SCRIPTS), default="everyday")
    parser.add_argument("--chunk-delay", type=float, default=0.0, metavar="SECONDS", help="pause between two chunks of a stream")
    chosen = parser.parse_args()
    with ScriptedProvider(_SCRIPTS[chosen.script], port=chosen.port, chunk_delay_seconds=chosen.chunk_delay) as provider:
        for name, value in provider.environment().items():
            print(f"export {name}={value}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
