"""What releases are made of: hashes for all of it, a bill of materials, no secrets, and builds that are the same anywhere."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NPM = runpy.run_path(str(ROOT / "web/licences.py"))
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def run(*command, **options):
    return subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False, **options)


def test_every_locked_release_has_hashes_and_no_place():
    assert {lock.stem for lock in LOCKS} == {"asker", "build", "proxy", "run", "sbom", "test"}
    for lock in LOCKS:
        text = lock.read_text()
        pins = re.findall(r"^\S+==\S+.*?(?=^\S+==|\Z)", text, re.MULTILINE | re.DOTALL)
        assert pins
        assert all("--hash=sha256:" in pin for pin in pins), lock
        assert "://" not in text


def test_the_bill_of_materials_names_every_locked_release_and_is_the_same_twice():
    first, second = (
        run(sys.executable, ROOT / ".ci/sbom", env={"SOURCE_DATE_EPOCH": "1700000000", "PYTHONHASHSEED": seed}) for seed in "12"
    )
    assert first.stdout == second.stdout
    bill = json.loads(first.stdout)
    assert (bill["bomFormat"], bill["specVersion"], bill["metadata"]["timestamp"]) == ("CycloneDX", "1.6", "2023-11-14T22:13:20Z")
    pins = set(re.findall(r"^([a-z0-9-]+)(?:\[.*?\])?==([^\s;\\]+)", (ROOT / "requirements/run.lock").read_text(), re.MULTILINE))
    pages = {(one["name"], one["version"]) for one in NPM["shipped"](ROOT / "web/package-lock.json")}
    assert {(one["name"], one["version"]) for one in bill["components"]} == pins | pages
    assert ("react", "pkg:npm/react@") in {(one["name"], one["purl"].partition("@")[0] + "@") for one in bill["components"]}
    assert all(one["hashes"] for one in bill["components"])
    licensed = [one for one in bill["components"] if one.get("licenses")]
    assert len(licensed) > len(pins | pages) * 0.9


@pytest.mark.parametrize(
    ("licence", "binds"),
    [
        ("MIT", False),
        ("(MIT OR GPL-3.0-only)", False),
        ("MIT AND ISC", False),
        ("MPL-2.0", True),
        ("MIT AND GPL-3.0-only", True),
        ("none", True),
    ],
)
def test_what_binds_users_does_not_get_into_the_pages(licence, binds):
    assert bool(NPM["binding"]([{"name": "one", "version": "1.0.0", "licence": licence}])) is binds


def test_nothing_in_the_pages_binds_users():
    packages = NPM["shipped"](ROOT / "web/package-lock.json")

    assert {"react", "@tanstack/react-router", "@fontsource/ibm-plex-mono"} <= {one["name"] for one in packages}
    assert NPM["binding"](packages) == []
    assert all(one["integrity"].startswith("sha512-") for one in packages)


def test_the_locks_of_npm_name_no_place_and_hold_what_every_platform_needs():
    for lock in (ROOT / "web").rglob("package-lock.json"):
        if "node_modules" in lock.parts:
            continue
        packages = json.loads(lock.read_text())["packages"]
        assert not any("resolved" in package for package in packages.values()), lock
        wanted = {name for package in packages.values() for name in package.get("optionalDependencies", {})}
        assert wanted <= {place.rpartition("node_modules/")[2] for place in packages}, lock


def test_a_licence_that_binds_users_is_told(tmp_path):
    package = tmp_path / "bound-1.0.dist-info"
    package.mkdir()
    (tmp_path / "one.lock").write_text(f"bound==1.0 --hash=sha256:{'0' * 64}\n")
    for licence, code in (("AGPL-3.0-only", 1), ("GPL-2.0-only OR MIT", 0), ("LGPL-3.0-only", 0), ("MIT", 0)):
        (package / "METADATA").write_text(f"Metadata-Version: 2.4\nName: bound\nVersion: 1.0\nLicense-Expression: {licence}\n")
        done = run(sys.executable, ROOT / ".ci/sbom", "--licences", tmp_path / "one.lock", env={"PYTHONPATH": str(tmp_path)})
        assert done.returncode == code, licence


def test_a_secret_in_a_file_is_found_and_not_shown(tmp_path):
    key = "sk-proj-" + "Q7vT2mXz9LwB4nRk8YcJ"
    (tmp_path / "settings.py").write_text(f'# a setting\nOPENAI = "{key}"\n')
    found = run(sys.executable, ROOT / ".ci/secret-scan", tmp_path / "settings.py")
    assert found.returncode == 1
    assert "settings.py:2:" in found.stderr
    assert key not in found.stderr
    (tmp_path / "settings.py").write_text('OPENAI = "sk-planted-for-a-test-0001"\n')
    assert run(sys.executable, ROOT / ".ci/secret-scan", tmp_path / "settings.py").returncode == 0


def test_no_code_of_ours_runs_data():
    """Said by the linter; here, that nobody turns the linter off for it."""
    noqa = re.compile(r"# noqa:[^\n]*\b(?:S102|S301|S302|S307|S602|S604|S605)\b")
    assert [path for path in (ROOT / "flowforge").rglob("*.py") if noqa.search(path.read_text())] == []
    assert '"S", "SIM"' in (ROOT / "pyproject.toml").read_text()


@pytest.fixture
def checkout(tmp_path):
    """This tree as the one commit of a repository."""
    shutil.copytree(
        ROOT,
        tmp_path / "checkout",
        symlinks=True,
        ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", "dist", ".*_cache", "node_modules", "static"),
    )
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "all of it"]):
        subprocess.run(["git", *command], cwd=tmp_path / "checkout", check=True, capture_output=True)
    return tmp_path / "checkout"


@pytest.fixture
def release(checkout):
    """Build a release there: by an environment that has what a build needs, where one is named or this is one; else by one of its own."""
    python = os.environ.get("BUILD_PYTHON") or (sys.executable if find_spec("hatchling") else "")

    def build():
        # Without the pages, of which CI's own release makes two: fetching them again says nothing new.
        environment = {**os.environ, "PYTHON": python, "FLOWFORGE_DASHBOARD": "skip"}
        return subprocess.run([checkout / ".ci/release", "HEAD"], env=environment, check=False, capture_output=True, text=True)

    return build


@pytest.mark.long
def test_two_builds_are_the_same_to_the_byte(checkout, release):
    built = release()
    assert built.returncode == 0, built.stderr
    dist = checkout / "dist"
    assert {path.suffix for path in dist.iterdir()} == {".gz", ".whl", ".json", ""}
    subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=dist, check=True, capture_output=True)


@pytest.mark.long
def test_a_build_that_depends_on_where_it_is_built_is_not_released(checkout, release):
    (checkout / "web/build.py").write_text(
        "from pathlib import Path\nfrom hatchling.builders.hooks.plugin.interface import BuildHookInterface\n\n"
        "class CustomBuildHook(BuildHookInterface):\n    def initialize(self, version, build_data):\n"
        '        Path(self.root, "flowforge", "where.txt").write_text(self.root)\n'
    )
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qam", "x"], cwd=checkout, check=True)
    built = release()
    assert built.returncode == 1
    assert "differ" in built.stderr
    assert not (checkout / "dist").exists()
