"""Where code that nobody vouches for runs, and where files that nobody vouches for are opened.

`sandbox` runs a program behind the walls that `walls` describes; `inside` is the one file of ours that runs behind them too: it puts the
files there, sets the limits, starts the program and hands back what it left. `watch` ends a program that takes more memory or makes more
files than it may. `archive` opens zip and tar files without ever writing to a disk. There is no way to run anything without the walls:
where they cannot be had, `SandboxUnavailable` is raised.
"""
