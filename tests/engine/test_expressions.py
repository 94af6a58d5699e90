"""Expressions over events: what they may say, and what happens when they do not fit."""

import pytest

from flowforge.errors import ExpressionFailed, RegistrationError
from flowforge.orchestrator.expression import PAIR, Expression

FACTS = {"event": {"id": "1", "name": "order/created", "data": {"total": 1500, "customer": "acme", "items": [1, 2], "nothing": None}}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("event.data.total > 1000", True),
        ("event.data.total > 1000.5", True),
        ('event.data.customer == "acme" && event.name.startsWith("order/")', True),
        ("has(event.data.discount)", False),
        ("event.data.nothing == null", True),
        ("event.data.items.exists(i, i == 2)", True),
    ],
)
def test_a_filter_holds_or_not(text, value):
    assert Expression(text).holds(FACTS) is value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("event.data.discount > 1", "there is no 'discount'"),
        ("event.data.customer > 1", "No such overload"),
        ("event.data.total", "not true or false"),
        ("1 / 0 == 1", "division by zero"),
    ],
)
def test_what_does_not_fit_says_why(text, reason):
    with pytest.raises(ExpressionFailed) as failed:
        Expression(text).holds(FACTS)
    assert reason in failed.value.reason
    assert failed.value.expression == text


@pytest.mark.parametrize("text", ["event.data..x", "", "   ", "x" * 5000, "total > 1", "async.data.x == 1", "(" * 4000])
def test_what_is_no_expression_is_refused_when_it_is_registered(text):
    with pytest.raises(RegistrationError):
        Expression(text)


def test_a_pair_of_events_can_be_compared():
    facts = {"event": {"data": {"id": 1}}, "async": {"data": {"id": 1.0}}}
    assert Expression("event.data.id == async.data.id", PAIR).holds(facts)


def test_keys_are_equal_exactly_when_the_values_are():
    key = Expression("event.data.v").key
    assert key({"event": {"data": {"v": 1}}}) == key({"event": {"data": {"v": 1.0}}})
    assert key({"event": {"data": {"v": "1"}}}) != key({"event": {"data": {"v": 1}}})
    assert key({"event": {"data": {"v": {"a": 1, "b": 2}}}}) == key({"event": {"data": {"v": {"b": 2, "a": 1}}}})
