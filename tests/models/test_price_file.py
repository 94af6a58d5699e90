"""`prices.toml`: exact, and whatever is wrong in it is told with model and line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from flowforge.errors import ConfigurationError
from flowforge.orchestrator.models.price_file import parse_prices, read_price_file


def test_prices_are_read_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text('[models."my/model"]\ninput="0.15"\noutput="0.60"\ncached="0.015"\nper="1M"\n')
    file = read_price_file(tmp_path)
    price = file.prices["my/model"]
    assert (price.input, price.output, price.cached, price.reasoning) == (Decimal("0.15"), Decimal("0.60"), Decimal("0.015"), None)
    assert (price.source, price.version) == ("prices.toml", file.version) and len(file.version) == 12
    assert price.rates().input == Decimal("1.5E-7") and price.rates().reasoning == Decimal("6E-7")


def test_no_file_is_no_prices(tmp_path: Path) -> None:
    assert read_price_file(tmp_path).prices == {}


def test_another_text_is_another_version() -> None:
    assert parse_prices('[models.a]\ninput="1"').version != parse_prices('[models.a]\ninput="2"').version


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('\n\n[models."my/model"]\ninput = "-1"', "prices.toml, line 3, model 'my/model', input: a price cannot be negative, -1 is"),
        ('[models.a]\ninput = "1e3"', "line 1, model 'a', input: '1e3' is no price"),
        ("[models.a]\ninput = 0.15", "input: a price is a decimal string, not 0.15"),
        ('[models.a]\ninput = ""', "input: '' is no price"),
        ('[models.a]\ninput = "NaN"', "input: 'NaN' is no price"),
        ('[models.a]\ninput = "1"\noutput = "x"', "output: 'x' is no price"),
        ('[models.a]\noutput = "1"', "has no price of input"),
        ('[models.a]\ninput = "1"\nper = "1K"', 'per can only be "1M"'),
        ('[models.a]\ninput = "1"\ninptu = "2"', "'inptu' is no price"),
        ('[models]\na = "1"', "is no table"),
        ("[modells]\n", "'modells' is not understood"),
        ("models = 3", "'models' is not understood"),
        ("[models.a\n", "no valid TOML"),
        ('[models.a]\ninput="1"\n[models.a]\ninput="2"', "no valid TOML"),
        ('[models.""]\ninput="1"', "is no name of a model"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_prices(text)
    assert said in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_price_file(tmp_path)
