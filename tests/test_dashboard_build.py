"""How the pages get into wheels and sdists: built where their sources have changed, and never where nobody can."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUILD = runpy.run_path(str(ROOT / "web/build.py"))
PYTHON = os.environ.get("BUILD_PYTHON") or (sys.executable if find_spec("hatchling") else "")
NOBODY_THERE = "http://127.0.0.1:9"


@pytest.fixture
def checkout(tmp_path):
    """This tree, with pages that say they were built of its sources."""
    shutil.copytree(
        ROOT,
        tmp_path / "checkout",
        symlinks=True,
        ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", "dist", ".*_cache", "node_modules", "static", ".hypothesis"),
    )
    static = tmp_path / "checkout" / BUILD["STATIC"]
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html>")
    (static / "assets/index-a1b2.js").write_text("0")
    (static / BUILD["STAMP"]).write_text(BUILD["digest"](tmp_path / "checkout/web"))
    (tmp_path / "checkout/web/node_modules/react").mkdir(parents=True)
    (tmp_path / "checkout/web/node_modules/react/index.js").write_text("0")
    return tmp_path / "checkout"


def pack(kind: str, source: Path, out: Path) -> Path:
    """As pip does it where there is no node, and no network."""
    if not PYTHON:
        pytest.skip("hatchling is not here, and BUILD_PYTHON names no Python that has it")
    environment = {"PATH": "", "npm_config_registry": NOBODY_THERE}
    done = subprocess.run(
        [PYTHON, "-m", "hatchling", "build", "-t", kind, "-d", out],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [made] = [path for path in out.iterdir() if path.suffix == (".whl" if kind == "wheel" else ".gz")]
    return made


def names_in(archive: Path) -> set[str]:
    if archive.suffix == ".whl":
        return set(zipfile.ZipFile(archive).namelist())
    with tarfile.open(archive) as packed:
        return {name.partition("/")[2] for name in packed.getnames()}


@pytest.mark.thorough
def test_an_sdist_holds_every_room_the_pages_and_their_sources(checkout, tmp_path):
    names = names_in(pack("sdist", checkout, tmp_path / "out"))

    for room in (path for path in (ROOT / "flowforge").iterdir() if (path / "__init__.py").is_file()):
        assert f"flowforge/{room.name}/__init__.py" in names
    assert {"flowforge/api/static/index.html", "flowforge/api/static/assets/index-a1b2.js", "flowforge/api/static/.sources"} <= names
    assert {"web/package-lock.json", "web/src/main.tsx", "web/build.py", "web/.npmrc"} <= names
    assert not any("node_modules" in name for name in names)


@pytest.mark.thorough
def test_a_wheel_from_an_unpacked_sdist_holds_its_pages_and_needs_neither_node_nor_npm(checkout, tmp_path):
    with tarfile.open(pack("sdist", checkout, tmp_path / "out")) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    [source] = (tmp_path / "unpacked").iterdir()

    names = names_in(pack("wheel", source, tmp_path / "wheel"))

    assert {"flowforge/api/static/index.html", "flowforge/api/static/assets/index-a1b2.js"} <= names
    assert not any(name.startswith("web/") or "node_modules" in name for name in names)
    assert names == names_in(pack("wheel", checkout, tmp_path / "direct"))


def test_pages_are_fresh_until_a_source_of_theirs_changes(checkout):
    assert BUILD["is_fresh"](checkout)
    os.utime(checkout / "web/src/main.tsx", (0, 0))
    (checkout / "web/node_modules/another.js").write_text("1")
    (checkout / "web/api-types/another.mjs").write_text("1")
    assert BUILD["is_fresh"](checkout)
    (checkout / "web/src/main.tsx").write_text("// changed")
    assert not BUILD["is_fresh"](checkout)


def test_a_moved_source_is_another_source(checkout):
    (checkout / "web/public/icon.svg").rename(checkout / "web/public/other.svg")

    assert not BUILD["is_fresh"](checkout)


def hook(root: Path):
    made = BUILD["DashboardHook"].__new__(BUILD["DashboardHook"])
    made.__dict__["root"] = made.__dict__["_BuildHookInterface__root"] = str(root)
    return made


@pytest.mark.parametrize(
    ("said", "stale", "asked_by", "wanted"),
    [
        ("", True, "get_requires_for_build_wheel", True),
        ("", False, "get_requires_for_build_wheel", False),
        ("auto", True, "get_requires_for_build_sdist", True),
        ("auto", True, "get_requires_for_build_editable", False),
        ("force", False, "get_requires_for_build_editable", True),
        ("skip", True, "get_requires_for_build_wheel", False),
    ],
)
def test_node_is_asked_for_where_something_is_to_be_built(checkout, monkeypatch, said, stale, asked_by, wanted):
    monkeypatch.setenv("FLOWFORGE_DASHBOARD", said)
    monkeypatch.setattr(sys, "argv", ["in_process.py", asked_by])
    if stale:
        (checkout / "web/src/main.tsx").write_text("// changed")

    assert hook(checkout).dependencies() == ([BUILD["NODE"]] if wanted else [])


@pytest.mark.parametrize(
    ("said", "stale", "version", "built"),
    [
        ("", True, "standard", True),
        ("", False, "standard", False),
        ("", True, "editable", False),
        ("force", False, "editable", True),
        ("force", False, "standard", True),
        ("skip", True, "standard", False),
    ],
)
def test_what_is_built_when(checkout, monkeypatch, said, stale, version, built):
    found: list[Path] = []
    monkeypatch.setenv("FLOWFORGE_DASHBOARD", said)
    monkeypatch.setitem(BUILD["DashboardHook"].initialize.__globals__, "build", found.append)
    if stale:
        (checkout / "web/src/main.tsx").write_text("// changed")

    hook(checkout).initialize(version, {})

    assert found == ([checkout] if built else [])


def test_a_word_that_means_nothing_is_told(monkeypatch):
    monkeypatch.setenv("FLOWFORGE_DASHBOARD", "never")

    with pytest.raises(SystemExit, match="auto, force or skip, not 'never'"):
        BUILD["mode"]()


@pytest.mark.long
@pytest.mark.skipif(not (PYTHON or shutil.which("node")), reason="no node is here, and BUILD_PYTHON names no Python that has it")
def test_where_npm_cannot_be_reached_one_sentence_says_how_to_go_on(checkout, tmp_path):
    environment = {**os.environ, "npm_config_registry": NOBODY_THERE, "npm_config_cache": str(tmp_path / "cache")}
    done = subprocess.run(
        [PYTHON or sys.executable, checkout / "web/build.py", "--force"], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first.startswith("flowforge: the dashboard's packages could not be fetched from the npm registry (")
    assert "FLOWFORGE_DASHBOARD=skip" in second
    assert (checkout / BUILD["STATIC"] / "index.html").exists()


@pytest.mark.thorough
@pytest.mark.skipif(not (PYTHON or shutil.which("node")), reason="no node is here, and BUILD_PYTHON names no Python that has it")
def test_a_page_over_the_budget_is_named(tmp_path):
    (tmp_path / ".vite").mkdir()
    for name, kilobytes in (("index", 150), ("shared", 40), ("board", 20), ("costs", 120)):
        (tmp_path / f"{name}.js").write_bytes(os.urandom(kilobytes * 1000))
    (tmp_path / ".vite/manifest.json").write_text(
        """{"index.html": {"file": "index.js", "isEntry": true, "imports": ["_shared.js"],
                           "dynamicImports": ["src/board.tsx", "src/costs.tsx"]},
            "_shared.js": {"file": "shared.js"},
            "src/board.tsx": {"file": "board.js", "isDynamicEntry": true, "imports": ["_shared.js"]},
            "src/costs.tsx": {"file": "costs.js", "isDynamicEntry": true, "imports": ["_shared.js"]}}"""
    )
    program = f"import runpy; runpy.run_path({str(ROOT / 'web/build.py')!r})['node'](__import__('pathlib').Path({str(ROOT / 'web')!r}),"
    program += f" 'budget.mjs', {str(tmp_path)!r})"
    done = subprocess.run([PYTHON or sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert re.search(r"190\.\d KB of 200  at first\n +210\.\d KB of 300  src/board\.tsx\n", done.stderr)
    assert re.search(r"^src/costs\.tsx fetches 310\.\d KB of JavaScript, more than 300 KB$", done.stderr, re.MULTILINE)
