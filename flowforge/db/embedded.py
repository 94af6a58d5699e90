"""A PostgreSQL server of our own, for `flowforge dev`, `flowforge demo` and the tests.

Everything lies in one directory: the cluster in `data/`, its socket in `socket/` (no TCP port), `postgres.log`, and `owner`,
which names the process that started the server. The owner's life bounds the server's: `stop()` ends it, and so does the
owner's death, whichever way it dies. A second process that starts the same directory shares the running server, and its URL
stays the same when the owner leaves and another process starts the server again. PostgreSQL refuses to run as root, so for
root it runs as `postgres` or `nobody`. Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from flowforge.db.account import Account, server_account
from flowforge.db.binaries import ENVIRONMENT, Binaries, find_binaries, usable_binaries
from flowforge.db.postmaster import STOP_SECONDS, disown_dead_postmaster, find_postmaster, is_alive, wait_until
from flowforge.errors import ConfigurationError, DatabaseUnavailable

START_SECONDS = 60.0
LOG_LIMIT_BYTES = 1_000_000
SOCKET_PATH_LIMIT_BYTES = 103  # sun_path holds 104 on macOS, 108 on Linux
SOCKET_NAME = ".s.PGSQL.5432"

SETTINGS = {  # small when idle, and still crash-safe
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "min_wal_size": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "0",
    "autovacuum_max_workers": "1",
    "jit": "off",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """A PostgreSQL server over one directory.

    `owned` says whether this process started the server, and so whether it ends with us. With `durable=False` a crash of the
    machine may lose data: for tests only. `binaries` is a directory with `initdb` and `postgres`, instead of the bundled ones.

    >>> with EmbeddedPostgres(Path(".flowforge")) as server:       # doctest: +SKIP
    ...     database = await Database.open(server.url)

    Raises ConfigurationError where no server can be run, and DatabaseUnavailable when it does not start.
    """

    def __init__(self, directory: Path, *, binaries: Path | None = None, durable: bool = True) -> None:
        self.directory = Path(directory).expanduser().absolute()
        self.durable = durable
        self.owned = False
        self._given_binaries = binaries
        self._data = self.directory / "data"
        self._log = self.directory / "postgres.log"
        self._owner = self.directory / "owner"
        self._far_socket: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._account = Account()

    @property
    def url(self) -> str:
        """The URL of the running server. Raises DatabaseUnavailable when none runs."""
        if url := self._running():
            return url
        raise DatabaseUnavailable(f"no PostgreSQL runs over {self.directory}", hint="the process that owned it has ended: start() it again")

    def start(self) -> str:
        """Start the server, or share the one that runs over this directory already; the answer is its URL.

        Call it from the main thread: the kernel ends the server with the thread that started it.
        """
        if sys.platform == "win32":
            raise ConfigurationError("there is no embedded PostgreSQL on Windows", hint="set DATABASE_URL to a PostgreSQL server")
        if threading.current_thread() is not threading.main_thread():
            raise ConfigurationError("the embedded PostgreSQL must be started from the main thread", hint="start it before the event loop")
        with self._clear_errors():
            self._make_directory()
            with self._locked():
                self._end_orphan()
                return self._running() or self._start_as_owner()

    def stop(self) -> None:
        """Stop the server if it is ours; a guest just leaves. Safe to repeat."""
        process, self._process, self.owned = self._process, None, False
        if process is None:
            return
        for request, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, STOP_SECONDS), (signal.SIGKILL, None)):
            process.send_signal(request)  # fast shutdown, immediate shutdown, and last
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                break
        if self._owner_pid() == os.getpid():
            self._owner.unlink(missing_ok=True)
        if self._far_socket is not None:
            shutil.rmtree(self._far_socket, ignore_errors=True)

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    # ── the directory ───────────────────────────────────────────────────────────────────────────────────────────────

    @contextlib.contextmanager
    def _clear_errors(self) -> Iterator[None]:
        """What the file system refuses becomes one sentence that says what to do."""
        try:
            yield
        except OSError as error:
            whom = f" by user {self._account.name!r}, which runs the database for root" if self._account.name else ""
            raise ConfigurationError(
                f"the database's directory {self.directory} cannot be used{whom}: {error.strerror or error}",
                hint="name another one with FLOWFORGE_DATA, such as /var/lib/flowforge/main, or set DATABASE_URL",
            ) from error

    def _make_directory(self) -> None:
        self._account = server_account()
        missing = [parent for parent in self.directory.parents if not parent.exists()]
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._account.user is not None:
            for parent in missing:
                parent.chmod(0o755)  # the server's user has to get through, whatever root's umask is
            self._account.own(self.directory)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time starts the server; while it runs, PostgreSQL guards the directory itself."""
        import fcntl  # not on Windows

        with (self.directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # ── what runs already ───────────────────────────────────────────────────────────────────────────────────────────

    def _running(self) -> str | None:
        postmaster = find_postmaster(self._data)
        return postmaster.url if postmaster is not None and postmaster.is_ready() else None

    def _end_orphan(self) -> None:
        """Stop a server whose owner has died: it may be about to stop by itself, and if not, nobody ever would stop it."""
        postmaster = find_postmaster(self._data)
        if postmaster is None or not postmaster.is_running() or is_alive(self._owner_pid()):
            return
        if not postmaster.end():
            raise DatabaseUnavailable(
                f"an abandoned PostgreSQL (process {postmaster.pid}) over {self.directory} does not stop", hint=f"kill -9 {postmaster.pid}"
            )

    def _owner_pid(self) -> int:
        """The process that started the server, or 0."""
        try:
            return int(self._owner.read_text())
        except (OSError, ValueError):
            return 0

    # ── starting ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _start_as_owner(self) -> str:
        binaries = usable_binaries(find_binaries(self._given_binaries), self._account, self.directory)
        if not (self._data / "PG_VERSION").exists():
            self._make_cluster(binaries)
        self._check_version(binaries)
        disown_dead_postmaster(self._data)
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT_BYTES:
            self._log.unlink()
        self._spawn(self._command(binaries))
        self._owner.write_text(str(os.getpid()))
        self.owned = True
        return self.url

    def _make_cluster(self, binaries: Binaries) -> None:
        part = self.directory / "data.new"
        shutil.rmtree(part, ignore_errors=True)
        # The built-in provider sorts alike on every machine, whatever its C library; before 17 plain C is the one that does.
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
        hasty = [] if self.durable else ["--no-sync"]
        command: list[str | Path] = [
            binaries.initdb,
            "-D",
            part,
            "-U",
            "flowforge",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            *builtin,
            *hasty,
        ]
        made = subprocess.run(
            command, env=ENVIRONMENT, cwd=self.directory, capture_output=True, text=True, check=False, **self._account.options
        )
        if "Permission denied" in made.stderr:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if made.returncode:
            raise DatabaseUnavailable(f"the database's directory {self.directory} could not be set up: {made.stderr.strip()[-1000:]}")
        part.rename(self._data)  # a half-made cluster is never mistaken for a whole one

    def _check_version(self, binaries: Binaries) -> None:
        have = (self._data / "PG_VERSION").read_text().strip()
        if have != str(binaries.major):
            raise ConfigurationError(
                f"the data in {self._data} is PostgreSQL {have}'s, the server is PostgreSQL {binaries.major}",
                hint=f"set FLOWFORGE_POSTGRES_BINARIES to a PostgreSQL {have}, or dump the data and load it into a new directory",
            )

    def _command(self, binaries: Binaries) -> list[str | Path]:
        settings = dict(SETTINGS, **({} if self.durable else NOT_DURABLE))
        if binaries.major >= 18:
            settings["io_method"] = "sync"  # no processes that only wait for reads
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [binaries.postgres, "-D", self._data, "-k", self._socket_directory(), *options]

    def _socket_directory(self) -> Path:
        """`socket/`, closed to all others; or, where its path is too long for a socket, a fresh directory under /tmp.

        What a killed server left in it goes: its number in the socket's lock file may be another process's by now.
        """
        socket = self.directory / "socket"
        if len(os.fsencode(socket / SOCKET_NAME)) <= SOCKET_PATH_LIMIT_BYTES:
            shutil.rmtree(socket, ignore_errors=True)
            socket.mkdir(mode=0o700)
        else:
            socket = self._far_socket = Path(tempfile.mkdtemp(prefix="flowforge-", dir="/tmp"))
        self._account.own(socket)
        return socket

    def _spawn(self, command: list[str | Path]) -> None:
        """Start the server and wait until it accepts connections; old backends of a killed one may need a moment to leave."""
        deadline = time.monotonic() + START_SECONDS
        while said := self._try_to_spawn(command, deadline):
            if "shared memory" not in said or time.monotonic() > deadline:
                raise DatabaseUnavailable(f"the embedded PostgreSQL did not start: {said[-1500:]}", hint=f"its log is {self._log}")
            wait_until(lambda: False, 0.1)

    def _try_to_spawn(self, command: list[str | Path], deadline: float) -> str | None:
        """None when the server accepts connections, else what it said when it gave up."""
        begin = self._log.stat().st_size if self._log.exists() else 0
        process = self._process = self._popen(command)
        wait_until(lambda: self._running() is not None or process.poll() is not None, deadline - time.monotonic())
        if process.poll() is None and self._running():
            return None
        self.stop()
        return self._log.read_bytes()[begin:].decode(errors="replace").strip() or f"exit status {process.returncode}"

    def _popen(self, command: list[str | Path]) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command,
                env=ENVIRONMENT,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # the terminal's Ctrl-C is for us to handle
                preexec_fn=_die_with_parent(),
                **self._account.options,
            )


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel tells the server to stop, cleanly, when we are gone. It runs in the child, after the change of user."""
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG; SIGINT is PostgreSQL's fast shutdown
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel
