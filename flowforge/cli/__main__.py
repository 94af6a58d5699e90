"""`python -m flowforge.cli` is `flowforge`; child processes are started this way, so that PATH does not matter."""

from flowforge.cli import main

main()
