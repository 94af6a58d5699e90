"""Which server a call would reach, and which ones a text names: an address is read as the client reads it."""

from __future__ import annotations

from typing import Any

import pytest

from flowforge.errors import RegistrationError
from flowforge.skills.place import hosts_in, place_of
from flowforge.skills.policy import CallUnderReview, PolicySet, judge
from flowforge.skills.policy_rule import read_rules
from flowforge.skills.tool import Effect, Tool, make_tool
from flowforge.skills.web.fetch import HTTP_GET
from tests.skills.test_policy_judge import rules


def get(url: str) -> None:
    """."""


def fetch(effect: Effect = "read") -> Tool:
    return make_tool(get, effect, address="url")


def asked(url: str, **facts: Any) -> CallUnderReview:
    given = {"tainted": True, "taint_sources": ("mail",), "informed": True, "hosts": frozenset({"docs.acme.example"}), **facts}
    return CallUnderReview(fetch(), {"url": url}, **given)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("https://docs.acme.example/a", "docs.acme.example", id="plain"),
        pytest.param("HTTPS://DOCS.acme.example.:443/a", "docs.acme.example", id="spelled otherwise"),
        pytest.param("https://docs.acme.example@evil.example/", "evil.example", id="user name"),
        pytest.param("https://docs.acme.example.evil.example/", "docs.acme.example.evil.example", id="longer name"),
        pytest.param("https://evil.example/https://docs.acme.example/", "evil.example", id="in the path"),
        pytest.param("https://evil.example#@docs.acme.example/", "evil.example", id="fragment"),
        pytest.param("https://dоcs.acme.example/", "xn--dcs-sed.acme.example", id="Cyrillic letter"),
        pytest.param("https://[::1", "", id="no address"),
        pytest.param("", "", id="nothing"),
    ],
)
async def test_the_server_of_a_call_is_the_one_that_would_be_called(url: str, host: str):
    assert place_of(fetch(), {"url": url}) == host
    verdict = await judge(asked(url), PolicySet())
    assert verdict.action == ("allow" if host == "docs.acme.example" else "require")
    if host != "docs.acme.example":
        assert verdict.reason is not None and (host or "this address") in verdict.reason and "mail" in verdict.reason


async def test_it_counts_only_where_strangers_have_spoken_and_there_is_something_to_carry_off():
    for facts in ({"tainted": False}, {"informed": False}, {"hosts": None}):
        assert (await judge(asked("https://evil.example/", **facts), PolicySet())).action == "allow", facts
    assert place_of(make_tool(get, "read"), {"url": "https://evil.example/"}) is None
    assert HTTP_GET.address == "url"


async def test_a_rule_lets_such_calls_run_only_where_it_speaks_of_them():
    by_the_way = {"tool": "get", "action": "allow"}
    meant = {"tool": "get", "tainted": True, "when": "args.url.startsWith('https://wiki.example/')", "action": "allow"}
    wiki, evil = asked("https://wiki.example/a"), asked("https://evil.example/")
    assert (await judge(wiki, PolicySet((), rules(by_the_way)))).action == "require"
    assert (await judge(wiki, PolicySet((), rules(meant)))).action == "allow"
    assert (await judge(evil, PolicySet((), rules(meant)))).action == "require"
    assert read_rules([meant])[0].tainted is True


def test_only_whole_addresses_name_a_server():
    text = "See https://a.example/x, (http://B.example:8080/?q=https://c.example) and d.example; report.zip; ftp://e.example"
    assert hosts_in(text, "") == {"a.example", "b.example"}


def test_an_address_that_is_no_parameter_is_refused():
    with pytest.raises(RegistrationError, match="address names no parameter"):
        make_tool(get, "read", address="uri")
