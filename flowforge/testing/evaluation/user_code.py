"""A check function of the user's own: `checks.py:is_polite` beside the suite, or `shop.checks:is_polite` as Python imports it."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from flowforge.errors import ConfigurationError, NotFound


def find_function(name: str, directory: Path) -> Callable[..., Any]:
    """The function that `FILE.py:NAME` or `MODULE:NAME` names, files from `directory` on.

    Raises NotFound, with the nearest names, and ConfigurationError for code that cannot be imported.
    """
    place, colon, wanted = name.rpartition(":")
    if not colon or not place or not wanted:
        raise ConfigurationError(f"{name!r} names no function", hint="write it as  checks.py:is_polite")
    module = _of_file(directory / place, place) if place.endswith(".py") else _of_module(place)
    found = getattr(module, wanted, None)
    if not callable(found):
        known = [known for known, value in vars(module).items() if callable(value) and not known.startswith("_")]
        raise NotFound("function", f"{place}:{wanted}", [f"{place}:{one}" for one in known])
    return found  # type: ignore[no-any-return]


def _of_file(file: Path, shown: str) -> ModuleType:
    if not file.is_file():
        raise NotFound("file", shown, [one.name for one in file.parent.glob("*.py")] if file.parent.is_dir() else ())
    known = f"flowforge_checks_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]}"
    if known in sys.modules:
        return sys.modules[known]
    spec = importlib.util.spec_from_file_location(known, file)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{shown} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[known] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[known]
        if isinstance(error, KeyboardInterrupt):
            raise
        raise ConfigurationError(f"{shown} cannot be imported: {_said(error)}") from error
    return module


def _of_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise ConfigurationError(f"{name} cannot be imported: {_said(error)}") from error


def _said(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = f", at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames and not isinstance(error, SyntaxError) else ""
    return f"{type(error).__name__}: {error}{own}"
