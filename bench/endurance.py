"""Does it stay fast? `python bench/endurance.py --finished 5000000`, or `python bench/endurance.py --minutes 30 [--snapshot]`

--finished: throughput on tables that hold so many finished runs beside throughput on empty ones, medians of rounds in turn; full tables
should reach 0.9 of empty ones. --minutes: a steady load on one worker, a line each minute, and how the last fifth compares with the
first; with --snapshot beside an old open transaction, for whose sake no vacuum can take dead rows. Everything runs in one process and
on an embedded PostgreSQL of its own with fsync on, and ends by itself. About 1.3 KB of disk for each finished run, and 0.5 KB for each step
of the steady load.
"""

from __future__ import annotations

import argparse
import signal

from over_time.full_tables import beside_empty
from over_time.steady_load import endure
from side_by_side.machine import own_postgres

from flowforge.cli.host import run


def main() -> None:
    options = parsed()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `timeout` is to leave no gigabytes behind
    with own_postgres() as server:
        run(
            beside_empty(server, options.finished, options.rounds)
            if options.finished
            else endure(server, options.minutes, options.snapshot)
        )


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--finished", type=int, help="so many finished runs in the tables")
    form.add_argument("--minutes", type=float, help="so long a steady load")
    parser.add_argument("--rounds", type=int, default=9, help="of --finished; 9 unless given")
    parser.add_argument("--snapshot", action="store_true", help="of --minutes: beside an old open transaction")
    options = parser.parse_args()
    if options.snapshot and options.minutes is None:
        parser.error("--snapshot goes with --minutes")
    if any(value is not None and value <= 0 for value in (options.finished, options.minutes, options.rounds)):
        parser.error("numbers must be above zero")
    return options


if __name__ == "__main__":
    main()
