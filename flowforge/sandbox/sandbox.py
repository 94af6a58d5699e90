"""Run a program that nobody vouches for, behind walls and within limits, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files as files_of
from pathlib import Path
from typing import IO

from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.errors import InvalidInput, SandboxUnavailable
from flowforge.sandbox.file_name import check_file_name
from flowforge.sandbox.limits import SandboxLimits
from flowforge.sandbox.report import HEADER_BYTES_MAX, order_bytes, read_report
from flowforge.sandbox.result import Reason, SandboxResult
from flowforge.sandbox.system_calls import filter_program
from flowforge.sandbox.walls import PROGRAM, WORK, Walls, user_to_run_as
from flowforge.sandbox.watch import watch

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": WORK, "TMPDIR": WORK, "LANG": "C.UTF-8"}
AT_ONCE = 4
INPUT_BYTES_MAX = 64 * 1024 * 1024
READ_BYTES = 64 * 1024


class Sandbox:
    """Runs programs with no network, no files but their own, and bounded memory, processes, time and output.

    >>> sandbox = Sandbox()                                                    # doctest: +SKIP
    >>> result = await sandbox.run(source="print(6 * 7)")                      # doctest: +SKIP
    >>> result.stdout, result.ok                                               # doctest: +SKIP
    (b'42\\n', True)

    At most `at_once` programs run at a time, the others wait. Needs bubblewrap and user namespaces; without them every call
    raises SandboxUnavailable, and nothing is run.
    """

    def __init__(self, *, limits: SandboxLimits | None = None, at_once: int = AT_ONCE, clock: Clock = SYSTEM_CLOCK) -> None:
        self.limits = limits or SandboxLimits()
        self.clock = clock
        self._turn = asyncio.Semaphore(at_once)
        self._walls: Walls | None = None

    async def check(self) -> None:
        """Raises SandboxUnavailable unless a program can be shut in on this machine."""
        if self._walls is None:
            walls = Walls.find()
            result, complaint = await self._run(walls, ["/usr/bin/env", "true"], b"", {}, (), b"", {}, SandboxLimits())
            if not result.ok:
                raise SandboxUnavailable(
                    f"bubblewrap cannot shut a program in here: {complaint or _last_words(result)}",
                    hint="allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone;"
                    " in a container its seccomp and AppArmor profiles)",
                )
            self._walls = walls

    async def run(
        self,
        argv: Sequence[str] = (),
        *,
        source: str | None = None,
        files: Mapping[str, bytes] | None = None,
        outputs: Sequence[str] = (),
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        limits: SandboxLimits | None = None,
    ) -> SandboxResult:
        """Run `argv`, or Python `source` with `argv` as its arguments, in an empty directory that holds `files`.

        `outputs` are patterns (`*.png`, `out/*`) of the files to hand back; links are not followed. `environment` is added to PATH, HOME,
        TMPDIR and LANG; nothing of this process's is passed on. A program that takes more than `limits` is ended, and the result's
        `reason` says so. Cancelling ends the program.

        Raises SandboxUnavailable where it cannot be shut in, InvalidInput for names, arguments or sizes that cannot be.
        """
        command = _command(argv, source)
        given = dict(files or {})
        if sum(map(len, given.values())) + len(stdin) > INPUT_BYTES_MAX:
            raise InvalidInput(f"a program is given at most {INPUT_BYTES_MAX} bytes")
        _check_environment(environment or {})
        for name in given:
            check_file_name(name)
        program = (source or "").encode()
        async with self._turn:
            await self.check()
            assert self._walls is not None
            wanted = limits or self.limits
            result, complaint = await self._run(
                self._walls, command, program, given, tuple(outputs), stdin, {**ENVIRONMENT, **(environment or {})}, wanted
            )
            if complaint is not None:
                raise SandboxUnavailable(f"bubblewrap could not shut the program in: {complaint}")
            return result

    async def _run(
        self,
        walls: Walls,
        command: list[str],
        program: bytes,
        files: Mapping[str, bytes],
        outputs: Sequence[str],
        stdin: bytes,
        environment: Mapping[str, str],
        limits: SandboxLimits,
    ) -> tuple[SandboxResult, str | None]:
        order = order_bytes([walls.python if part == "" else part for part in command], environment, files, outputs, stdin, limits)
        begun = self.clock.monotonic()
        with _started(walls, order, program, limits) as cell:
            reason = await cell.outcome(limits)
        return _result(cell, reason, self.clock.monotonic() - begun)


class _Cell:
    """One running sandbox: bubblewrap's process, and the pipes out of it."""

    def __init__(self, process: subprocess.Popen[bytes], info: IO[bytes], report: IO[bytes], limits: SandboxLimits) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self.info = _Pipe(info, READ_BYTES)
        self.stdout, self.stderr = _Pipe(process.stdout, limits.output_bytes), _Pipe(process.stderr, limits.output_bytes)
        self.report = _Pipe(report, limits.returned_bytes + HEADER_BYTES_MAX)
        self.started = False  # the walls stand

    async def outcome(self, limits: SandboxLimits) -> Reason | None:
        """None when it ended by itself; else why it has to be ended now."""
        reading = [asyncio.create_task(pipe.read()) for pipe in (self.stdout, self.stderr, self.report)]
        watching = asyncio.create_task(self._watch(limits))
        try:
            return await self._first_reason(reading, watching, limits.wall_seconds)
        finally:
            watching.cancel()
            for task in reading:
                task.cancel()
            await asyncio.gather(watching, *reading, return_exceptions=True)

    async def _first_reason(self, reading: list[asyncio.Task[bool]], watching: asyncio.Task[Reason], seconds: float) -> Reason | None:
        ending: set[asyncio.Task[bool]] = set(reading)
        try:
            async with asyncio.timeout(seconds):
                while ending:
                    done, _ = await asyncio.wait({*ending, watching}, return_when=asyncio.FIRST_COMPLETED)
                    if watching in done:
                        return watching.result()
                    if any(not task.result() for task in ending & done):
                        return "output"
                    ending -= done
        except TimeoutError:
            return "time"
        return None

    async def _watch(self, limits: SandboxLimits) -> Reason:
        await self.info.read()
        try:
            first = int(json.loads(self.info.data)["child-pid"])
        except ValueError:  # bubblewrap ended before the walls stood, and says why on stderr
            await asyncio.Event().wait()
            raise  # nobody sets it: this task is cancelled
        self.started = True
        return await watch(first, limits)

    def end(self) -> None:
        """Kill bubblewrap; the kernel then ends everything behind the walls, whatever it has become."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.info, self.stdout, self.stderr, self.report):
            pipe.file.close()


class _Pipe:
    """What comes out of a pipe, up to a limit."""

    def __init__(self, file: IO[bytes], limit: int) -> None:
        self.file, self.limit = file, limit
        self.data = bytearray()
        os.set_blocking(file.fileno(), False)

    async def read(self) -> bool:
        """Read to the end. False: there is more than the limit; what is within it is in `data`."""
        while True:
            try:
                chunk = os.read(self.file.fileno(), READ_BYTES)
            except BlockingIOError:
                await self._readable()
                continue
            if not chunk:
                return True
            self.data += chunk
            if len(self.data) > self.limit:
                del self.data[self.limit :]
                return False

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self.file.fileno(), _once, ready)
        try:
            await ready
        finally:
            loop.remove_reader(self.file.fileno())


def _once(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


@contextlib.contextmanager
def _started(walls: Walls, order: bytes, program: bytes, limits: SandboxLimits) -> Iterator[_Cell]:
    """A program on its way; it has ended, with everything that it started, when this is left."""
    with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
        given = [theirs.enter_context(_in_memory(data)) for data in (_inside(), program, order, filter_program() or b"")]
        report, report_end = _pipe(ours, theirs)
        info, info_end = _pipe(ours, theirs)
        inside_fd, program_fd, order_fd, calls_fd = (file.fileno() for file in given)
        argv = walls.argv(
            inside=inside_fd,
            program=program_fd,
            calls=calls_fd if filter_program() else None,
            work_bytes=limits.work_bytes,
            info=info_end.fileno(),
            command=[str(order_fd), str(report_end.fileno())],
        )
        pass_on = [inside_fd, program_fd, order_fd, calls_fd, report_end.fileno(), info_end.fileno()]
        cell = _Cell(_process(argv, pass_on), info, report, limits)
        ours.callback(cell.end)
        theirs.close()
        yield cell


def _process(argv: list[str], pass_on: list[int]) -> subprocess.Popen[bytes]:
    user = user_to_run_as()
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            env={},
            pass_fds=pass_on,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    except OSError as error:
        raise SandboxUnavailable(f"{argv[0]} cannot be started: {error.strerror}") from None


def _result(cell: _Cell, reason: Reason | None, seconds: float) -> tuple[SandboxResult, str | None]:
    """What is to be told, and what bubblewrap complained of when the walls did not stand."""
    stdout, stderr = bytes(cell.stdout.data), bytes(cell.stderr.data)
    if not cell.started and reason is None:
        return SandboxResult("broken", None, b"", b"", seconds=seconds), stderr.decode(errors="replace").strip()[:500] or "it said nothing"
    report = read_report(bytes(cell.report.data)) if reason is None else None
    if report is None:
        return SandboxResult(reason or "broken", None, stdout, stderr, seconds=seconds), None
    why: Reason = "cpu" if report.cpu else "files" if report.too_much else "ended"
    return SandboxResult(why, report.exit, stdout, stderr, report.files, seconds), None


def _last_words(result: SandboxResult) -> str:
    return result.stderr.decode(errors="replace").strip()[:500] or result.reason


def _command(argv: Sequence[str], source: str | None) -> list[str]:
    """The empty word stands for the interpreter, which is known once the walls are."""
    if isinstance(argv, str) or any("\0" in word for word in argv):
        raise InvalidInput("argv is a list of words, none of which holds a NUL", pointer="/argv")
    if source is not None:
        return ["", "-I", "-B", PROGRAM, *argv]
    if not argv or not argv[0]:
        raise InvalidInput("say what to run: argv, or source", pointer="/argv")
    return list(argv)


def _check_environment(environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        if not name or "=" in name or "\0" in name or "\0" in value:
            raise InvalidInput(f"{name!r} cannot be a variable of the environment", pointer="/environment")


def _inside() -> bytes:
    return Path(str(files_of("flowforge.sandbox").joinpath("inside.py"))).read_bytes()


def _in_memory(data: bytes) -> IO[bytes]:
    file = os.fdopen(os.memfd_create("flowforge"), "w+b", buffering=0)
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]
    file.seek(0)
    return file


def _pipe(ours: contextlib.ExitStack, theirs: contextlib.ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    return ours.enter_context(os.fdopen(reading, "rb", 0)), theirs.enter_context(os.fdopen(writing, "wb", 0))
