"""What npm gives to the pages: which packages, under which licence, and the texts of those licences in one file beside the pages.

Told by the lock: everything that is no development dependency may be in a bundle, so all of it is named.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

# Nothing that binds whoever uses FlowForge.
PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "OFL-1.1",
    "Unlicense",
    "Zlib",
}
FOLDER = "node_modules/"
_TEXT = re.compile(r"(licen[cs]e|copying|notice)(\.(md|txt))?", re.IGNORECASE)
HEAD = "The dashboard is made with these packages. Each is its authors', under the licence that follows its name.\n"


def shipped(lock: Path) -> list[dict[str, Any]]:
    """The packages that may be in a bundle, by name: `name`, `version`, `licence`, `integrity`, `place`."""
    found = []
    for place, package in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
        if place and not package.get("dev") and not package.get("devOptional"):
            name = place.rpartition(FOLDER)[2]
            licence, integrity = package.get("license", "none"), package.get("integrity", "")
            found.append({"name": name, "version": package["version"], "licence": licence, "integrity": integrity, "place": place})
    return sorted(found, key=lambda one: (one["name"], one["version"]))


def binding(packages: list[dict[str, Any]]) -> list[str]:
    """Those whose licence is none of the permissive ones, each with what it says."""
    return [f"{one['name']} {one['version']}: {one['licence']}" for one in packages if not _is_permissive(one["licence"])]


def write_licences(web: Path, target: Path) -> None:
    packages = shipped(web / "package-lock.json")
    if bound := binding(packages):
        raise SystemExit(f"flowforge: the dashboard may only be made of packages whose licence binds nobody, not of {'; '.join(bound)}")
    parts = [HEAD, *(_told(one, web / one["place"]) for one in packages)]
    target.write_text("\n".join(parts), encoding="utf-8")


def _is_permissive(expression: str) -> bool:
    choices = expression.strip("()").split(" OR ")
    return any(all(part.strip("() ") in PERMISSIVE for part in choice.split(" AND ")) for choice in choices)


def _told(package: dict[str, Any], folder: Path) -> str:
    texts = [path.read_text(encoding="utf-8").strip() for path in sorted(folder.iterdir()) if path.is_file() and _TEXT.fullmatch(path.name)]
    line = "=" * 80
    return "\n".join([line, f"{package['name']} {package['version']} ({package['licence']})", line, "", "\n\n".join(texts), ""])
