"""`prices.toml`, beside the app: what models cost there, for every tenant that has set nothing else.

A table `[models."my-provider/my-model"]` holds `input = "0.15"`, and where they differ `output`, `cached`, `cache_written` and
`reasoning`: USD for a million tokens, which `per = "1M"` may say once more.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowforge.errors import ConfigurationError, InvalidInput
from flowforge.orchestrator.models.price_override import FIELDS, PriceOverride, check_model_name

FILE = "prices.toml"
SOURCE = "prices.toml"

_PER = "1M"
_LARGEST = 1_000_000


@dataclass(frozen=True)
class PriceFile:
    """The prices of one file, and the hash of its text."""

    prices: Mapping[str, PriceOverride] = field(default_factory=dict)
    version: str = ""


def read_price_file(root: Path) -> PriceFile:
    """The `prices.toml` of a project; empty where there is none. Raises ConfigurationError that names the model and the line."""
    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return PriceFile()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{FILE} cannot be read: {error}") from None
    return parse_prices(text)


def parse_prices(text: str) -> PriceFile:
    """Read such a file's text. Raises ConfigurationError."""
    if len(text) > _LARGEST:
        raise ConfigurationError(f"{FILE} is larger than a megabyte")
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{FILE} is no valid TOML: {error}") from None
    models = written.pop("models", {})
    if written or not isinstance(models, dict):
        stray = next(iter(written), "models")
        raise ConfigurationError(f"{FILE}: {stray!r} is not understood", hint='it holds tables like  [models."my-provider/my-model"]')
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return PriceFile({name: _price(name, one, text, version) for name, one in models.items()}, version)


def _price(model: str, written: Any, text: str, version: str) -> PriceOverride:
    where = f"{FILE}, {_line_of(model, text)}model {model!r}"
    if not isinstance(written, dict):
        raise ConfigurationError(f"{where}: is no table", hint=f'write it as  [models."{model}"]')
    unknown = written.keys() - {*FIELDS, "per"}
    if unknown:
        raise ConfigurationError(f"{where}: {min(unknown)!r} is no price", hint=f"known are {', '.join(FIELDS)} and per")
    if written.get("per", _PER) != _PER:
        raise ConfigurationError(f'{where}: per can only be "{_PER}", a million tokens')
    try:
        check_model_name(model)
        return PriceOverride.read(written, source=SOURCE, version=version)
    except InvalidInput as error:
        raise ConfigurationError(f"{where}, {error.pointer.lstrip('/')}: {error.message}", hint=error.hint) from None


def _line_of(model: str, text: str) -> str:
    """`line 4, ` of the model's table, where it can be told."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("[") and model in line:
            return f"line {number}, "
    return ""
