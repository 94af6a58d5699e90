"""The walls: which namespaces a program gets, what it sees of this machine, and as whom it runs.

It sees /usr (read-only), the interpreter where that is elsewhere, a /proc and a /dev of its own, and one directory that it may write to, in
memory and of a bounded size. It has no network, no capability, no environment, cannot gain rights by a setuid program, and cannot make
namespaces of its own.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from flowforge.errors import SandboxUnavailable

NOBODY = 65534
WORK = "/work"
INSIDE = "/flowforge/inside.py"
PROGRAM = "/flowforge/program.py"
LINKED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Walls:
    """What of this machine is used to shut a program in: bubblewrap, and an interpreter with its prefix."""

    bubblewrap: str
    python: str
    prefix: str | None  # of an interpreter outside of /usr

    @classmethod
    def find(cls) -> Walls:
        """Raises SandboxUnavailable when this machine has no bubblewrap, or no interpreter that another user may run."""
        if not sys.platform.startswith("linux"):
            raise SandboxUnavailable("code can be shut in on Linux only", hint="run the worker that has such tools on Linux")
        bubblewrap = shutil.which("bwrap")
        if bubblewrap is None:
            raise SandboxUnavailable("there is no bubblewrap on this machine", hint="install it: apt-get install bubblewrap")
        own = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        if _anybody_may_reach(own):
            return cls(bubblewrap, own, None if own.startswith("/usr/") else sys.base_prefix)
        if os.path.exists(SYSTEM_PYTHON):
            return cls(bubblewrap, SYSTEM_PYTHON, None)
        raise SandboxUnavailable(f"{own} cannot be run by other users", hint=f"install a Python as {SYSTEM_PYTHON}")

    def argv(self, *, inside: int, program: int, calls: int | None, work_bytes: int, info: int, command: list[str]) -> list[str]:
        """The whole command line; the numbers are descriptors that bubblewrap is to inherit."""
        return [
            self.bubblewrap,
            *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"),
            *("--cap-drop", "ALL", "--clearenv", "--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "sandbox"),
            *self._seen(),
            *("--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"),
            *("--perms", "0700", "--size", str(work_bytes), "--tmpfs", WORK, "--symlink", WORK[1:], "/tmp"),  # noqa: S108 - inside
            *("--perms", "0444", "--ro-bind-data", str(inside), INSIDE),
            *("--perms", "0444", "--ro-bind-data", str(program), PROGRAM),
            *("--remount-ro", "/", "--chdir", WORK, "--info-fd", str(info)),
            *(() if calls is None else ("--seccomp", str(calls))),
            *("--", self.python, "-I", "-S", "-B", INSIDE, *command),
        ]

    def _seen(self) -> list[str]:
        found = ["--ro-bind", "/usr", "/usr"]
        for name in LINKED:
            if os.path.islink(name):
                found += ["--symlink", os.readlink(name), name]
            elif os.path.isdir(name):
                found += ["--ro-bind", name, name]
        return found + (["--ro-bind", self.prefix, self.prefix] if self.prefix else [])


def user_to_run_as() -> int | None:
    """Root's limit of processes does not bind, so root starts bubblewrap as nobody; whoever else stays who they are."""
    return NOBODY if os.geteuid() == 0 else None


def _anybody_may_reach(path: str) -> bool:
    """May a user who is nobody in particular open this? As whom the sandbox runs is not who asks."""
    at = Path(path)
    return bool(at.stat().st_mode & stat.S_IXOTH) and all(parent.stat().st_mode & stat.S_IXOTH for parent in at.parents)
