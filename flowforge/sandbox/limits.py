"""What a program in the sandbox may take."""

from __future__ import annotations

from dataclasses import dataclass, fields

from flowforge.errors import InvalidInput

KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True)
class SandboxLimits:
    """Seconds, bytes and counts for one run of a program and all that it starts. Raises InvalidInput for one below its least.

    >>> SandboxLimits(wall_seconds=2.0).memory_bytes // MIB
    256
    """

    wall_seconds: float = 30.0
    cpu_seconds: int = 20  # of each process
    memory_bytes: int = 256 * MIB  # address space of each process, and memory of all of them together
    processes: int = 32
    work_bytes: int = 64 * MIB  # what the work directory holds at any time
    work_files: int = 2_000  # files and directories in it
    output_bytes: int = 1 * MIB  # stdout and stderr, each
    returned_bytes: int = 16 * MIB  # files that are handed back, together

    def __post_init__(self) -> None:
        for one in fields(self):
            least = _LEAST.get(one.name, 1)
            if getattr(self, one.name) < least:
                raise InvalidInput(f"{one.name} must be at least {least}, not {getattr(self, one.name)}", pointer=f"/{one.name}")


_LEAST: dict[str, float] = {"wall_seconds": 0.05, "memory_bytes": 32 * MIB, "work_bytes": 64 * KIB, "work_files": 8, "output_bytes": 0}
_LEAST |= {"returned_bytes": 0}
