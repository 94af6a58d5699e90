"""Comparing outputs with what was expected, and filling prompts."""

from __future__ import annotations

from typing import Any

import pytest

from flowforge.errors import NotFound
from flowforge.testing.evaluation.expectation import difference, same, value_differs
from flowforge.testing.evaluation.template import fill


@pytest.mark.parametrize(
    ("expected", "output", "told"),
    [
        ({"risk": "low"}, {"risk": "low", "why": "…"}, None),
        ({"a": {"b": 1}}, {"a": {"b": 1.0, "c": 2}}, None),
        ({"a": {"b": 1}}, {"a": {"b": True}}, "a.b is true, not 1"),
        ({"a": {"b": 1}}, {"a": {}}, "a.b is missing, not 1"),
        ({"a": None}, {}, "a is missing, not null"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2, "c": 3}]}, 'a is [1, {"b": 2, "c": 3}], not [1, {"b": 2}]'),
        ({"a": 1}, "text", 'it is "text", not {"a": 1}'),
        ("yes", "yes", None),
        (None, None, None),
        ({}, {"anything": 1}, None),
    ],
)
def test_an_object_is_compared_in_the_fields_that_are_named(expected: Any, output: Any, told: str | None) -> None:
    assert difference(expected, output) == told


def test_only_some_fields_can_be_compared() -> None:
    expected = {"risk": "low", "items": [{"name": "book"}], "why": "…"}
    assert difference(expected, {"risk": "low"}, ["risk"]) is None
    assert difference(expected, {"risk": "low"}, ["risk", "items.0.name", "not expected"]) == 'items.0.name is missing, not "book"'


def test_an_exact_value_allows_nothing_beside_it() -> None:
    assert value_differs({"a": {"b": 1}}, "a", {"b": 1}) is None
    assert value_differs({"a": {"b": 1, "c": 2}}, "a", {"b": 1}) == 'a is {"b": 1, "c": 2}, not {"b": 1}'
    assert value_differs({"a": 1}, "b", None) == "b is missing, not null"
    assert value_differs("whole", "", "whole") is None


def test_a_number_is_no_boolean() -> None:
    assert same([1, {"a": 1.0}], [1.0, {"a": 1}])
    assert not same(1, True) and not same([False], [0]) and not same({"a": 1}, {"a": 1, "b": 2})


def test_a_prompt_is_filled_with_text_and_json() -> None:
    order = {"order": {"total": 12, "note": "für {{order}}"}, "name": "Ada"}
    assert fill("{{ name }}: {{order.total}} {{order.note}} {{none}}{{{}}}", {**order, "none": None}) == "Ada: 12 für {{order}} null{{{}}}"
    assert fill("{{input}}", "as it is") == "as it is"
    assert fill("{{input}}", [1]) == "[1]"
    assert fill("{{input}}", {"input": "the field"}) == "the field"
    with pytest.raises(NotFound, match="there is no field 'nmae'; did you mean name"):
        fill("{{nmae}}", order)
