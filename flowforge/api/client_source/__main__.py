"""Write the clients' files anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from flowforge.api.client_source.files import HOME, client_files


def main() -> None:
    paths = []
    for name, text in client_files().items():
        (HOME / name).write_text(text)
        paths.append(HOME / name)
    _in_shape(paths)


def _in_shape(paths: list[Path]) -> None:
    for command in (["format", "--quiet"], ["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, *paths], check=True)


if __name__ == "__main__":
    main()
