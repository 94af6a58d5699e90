from __future__ import annotations

import pytest

from flowforge.cli.figures import money, tokens
from flowforge.cli.terminal import pad, shorten, width


@pytest.mark.parametrize(
    ("cost", "shown"),
    [
        ("0", "$0.00"),
        ("284.115", "$284.12"),
        ("1234.5", "$1,234.50"),
        ("0.01", "$0.01"),
        ("0.0421", "$0.04"),
        ("0.0021", "$0.0021"),
        ("0.00004", "<$0.0001"),
        ("1E-9", "<$0.0001"),
        (None, ""),
    ],
)
def test_money_is_never_scientific_and_never_a_made_up_zero(cost: str | None, shown: str) -> None:
    assert money(cost) == shown


def test_tokens_are_shown_as_in_and_out() -> None:
    assert tokens(1204, 88) == "1,204→88 tok"


def test_colour_takes_no_width() -> None:
    assert width("\x1b[31mred\x1b[0m") == 3
    assert pad("\x1b[31mred\x1b[0m", 5).endswith("  ")


def test_long_text_is_cut_on_one_line() -> None:
    assert shorten("a\nb  c", 4) == "a b…"
