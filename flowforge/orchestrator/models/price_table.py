"""LiteLLM's table of models, read as JSON from the installed package: what a token costs there, and how much a model takes.

Only what is used is kept, and LiteLLM is not imported for it. Prices are exact: the table's numbers become Decimals as they are
written. `await loaded()` reads the file in a thread; whatever looks things up afterwards is quick.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from flowforge.orchestrator.models.model_table import read_table
from flowforge.orchestrator.models.off_peak import OffPeak

SERVICE_TIERS = ("flex", "priority")  # a request's `service_tier` that has prices of its own

_MODES = frozenset({"chat", "completion", "responses", "embedding", None})
_PRICES = {  # our name of a price, LiteLLM's
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached": "cache_read_input_token_cost",
    "cache_written": "cache_creation_input_token_cost",
    "reasoning": "output_cost_per_reasoning_token",
}
_COLUMN = re.compile(rf"({'|'.join(_PRICES.values())})(?:_above_(\d+)(k?)_tokens)?(?:_({'|'.join(SERVICE_TIERS)}))?")
_INCLUSIVE = frozenset({"xai"})  # bills the higher tier as soon as a prompt reaches its threshold, the others above it
_CACHED_SHARE = {"fireworks_ai": Decimal("0.5")}  # of the price of input, where the table says nothing of cached tokens
_NOTHING_CACHED = frozenset({"perplexity"})  # bills a cached token like any other


@dataclass(frozen=True, slots=True)
class Rates:
    """What one token costs in USD, by kind; None where the table does not say."""

    input: Decimal | None = None
    output: Decimal | None = None
    cached: Decimal | None = None
    cache_written: Decimal | None = None
    reasoning: Decimal | None = None

    @property
    def known(self) -> bool:
        return self.input is not None or self.output is not None


@dataclass(frozen=True, slots=True)
class Bracket:
    """Prices of requests whose prompt is longer than `above` tokens; those of the table's next lower bracket where it has none."""

    above: int
    prices: Mapping[str, Decimal]
    whole: bool = False  # nothing is taken from the brackets below


@dataclass(frozen=True, slots=True)
class Row:
    """One model of the table."""

    provider: str
    brackets: tuple[Bracket, ...] = ()  # the first is the one above 0 tokens
    tiers: Mapping[str, tuple[Bracket, ...]] | None = None  # of service tiers, where those have prices
    off_peak: OffPeak | None = None
    context: int | None = None
    output_max: int | None = None

    def rates(self, prompt_tokens: int, *, tier: str | None = None, at: datetime | None = None) -> Rates:
        """The prices that hold for a request with so many prompt tokens, of that service tier, at that time."""
        found = self._prices(self.brackets, prompt_tokens)
        if tier is not None and self.tiers is not None:
            found |= self._prices(self.tiers.get(tier, ()), prompt_tokens)
        if self.off_peak is not None and at is not None and self.off_peak.covers(at):
            found |= self.off_peak.prices
        return self._completed(found)

    def _prices(self, brackets: Iterable[Bracket], prompt_tokens: int) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for bracket in brackets:
            if prompt_tokens > bracket.above or bracket.above == 0 or (self.provider in _INCLUSIVE and prompt_tokens == bracket.above):
                found = {**({} if bracket.whole else found), **bracket.prices}
        return found

    def _completed(self, found: dict[str, Decimal]) -> Rates:
        """What has no price of its own costs what it is a part of."""
        into = found.get("input")
        cached = found.get("cached")
        if cached is None and into is not None:
            cached = into * _CACHED_SHARE.get(self.provider, Decimal(1))
        return Rates(
            input=into,
            output=found.get("output"),
            cached=into if self.provider in _NOTHING_CACHED else cached,
            cache_written=found.get("cache_written", into),
            reasoning=found.get("output") if self.provider in _INCLUSIVE else found.get("reasoning", found.get("output")),
        )


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The table, and the version of LiteLLM that it came with."""

    rows: Mapping[str, Row]
    version: str

    def find(self, names: Iterable[str], provider: str | None) -> Row | None:
        """The row of the first name that is in the table and is served by this provider (None: by whomever)."""
        for name in names:
            row = self.rows.get(name)
            if row is not None and (provider is None or name.startswith(f"{provider}/") or _same(row.provider, provider)):
                return row
        return None


_lock = threading.Lock()
_table: PriceTable | None = None


def load() -> PriceTable:
    """The table; the first call reads a file of 3 MB, in about 60 ms."""
    global _table
    with _lock:
        if _table is None:
            raw = read_table(parse_float=Decimal)
            rows = {name: _readable(columns) for name, columns in raw.items() if columns.get("mode") in _MODES}
            _table = PriceTable(rows, version("litellm"))
        return _table


async def loaded() -> PriceTable:
    """The table without blocking the event loop."""
    return _table if _table is not None else await asyncio.to_thread(load)


def _readable(columns: Mapping[str, Any]) -> Row:
    """A row; one in a form that a later LiteLLM thought of has no prices, and takes none from the others."""
    try:
        return _row(columns)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        return Row(str(columns.get("litellm_provider", "")))


def _row(columns: Mapping[str, Any]) -> Row:
    graded = columns.get("tiered_pricing")
    standard = _graded(graded, columns) if graded else _brackets(columns, None)
    tiers = {tier: found for tier in SERVICE_TIERS if (found := _brackets(columns, tier))}
    off_peak = columns.get("off_peak_pricing")
    return Row(
        provider=str(columns.get("litellm_provider", "")),
        brackets=standard,
        tiers=tiers or None,
        off_peak=None if off_peak is None else OffPeak.read(off_peak, _own_prices(off_peak)),
        context=_count(columns.get("max_input_tokens")),
        output_max=_count(columns.get("max_output_tokens")),
    )


def _brackets(columns: Mapping[str, Any], tier: str | None) -> tuple[Bracket, ...]:
    """The prices of a service tier by the length of the prompt, from `…`, `…_above_200k_tokens` and their like."""
    found: dict[int, dict[str, Decimal]] = {}
    for column, value in columns.items():
        match = _COLUMN.fullmatch(column)
        if match is None or match[4] != tier or not isinstance(value, Decimal | int):
            continue
        above = int(match[2] or 0) * (1000 if match[3] else 1)
        found.setdefault(above, {})[_OURS[match[1]]] = Decimal(value)
    return tuple(Bracket(above, prices) for above, prices in sorted(found.items()))


def _graded(graded: Iterable[Mapping[str, Any]], columns: Mapping[str, Any]) -> tuple[Bracket, ...]:
    """Brackets of the form `{"range": [32000, 128000], …}`; one that says nothing of output takes the model's own price for it."""
    below = {name: Decimal(columns[column]) for name, column in _PRICES.items() if name == "output" and column in columns}
    return tuple(
        Bracket(int(one["range"][0]), below | _own_prices(one), whole=True)
        for one in sorted(graded, key=lambda one: one.get("range", (0,))[0])
        if len(one.get("range", ())) == 2
    )


def _own_prices(columns: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(columns[column]) for name, column in _PRICES.items() if isinstance(columns.get(column), Decimal | int)}


_OURS = {column: name for name, column in _PRICES.items()}


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | Decimal) and value > 0 else None


def _same(ours: str, provider: str) -> bool:
    """Whether a row is of this provider; the table splits some into `vertex_ai-language-models`, `bedrock_converse` and the like."""
    return ours == provider or ours.startswith((f"{provider}-", f"{provider}_")) or ours.endswith(f"-{provider}")
