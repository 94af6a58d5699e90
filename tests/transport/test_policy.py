"""Which addresses may be called."""

from __future__ import annotations

import ipaddress

import httpx
import pytest

from flowforge.errors import ConfigurationError
from flowforge.transport.address import is_metadata, not_public
from flowforge.transport.failure import EgressRefused
from flowforge.transport.place import read_places
from flowforge.transport.policy import EgressPolicy

_CLOSED = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.254 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.168.1.1
198.18.0.1 192.0.2.1 203.0.113.7 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1
2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe:: 2001:0:7f00:1:: 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::808:808 2001:db8::1 100::1
2001::f5ff:fffe
"""
_PUBLIC = "8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.1 172.32.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808"


@pytest.mark.parametrize("text", _CLOSED.split())
def test_an_address_inside_is_not_public(text: str) -> None:
    assert not_public(ipaddress.ip_address(text)) is not None


@pytest.mark.parametrize("text", _PUBLIC.split())
def test_an_address_outside_is_public(text: str) -> None:
    assert not_public(ipaddress.ip_address(text)) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/", "only http"),
        ("file:///etc/passwd", "only http"),
        ("gopher://example.com/", "only http"),
        ("http://user:secret@example.com/", "user or a password"),
        ("http://token@example.com/", "user or a password"),
        ("http://2130706433/", "not everybody reads alike"),
        ("http://0x7f.1/", "not everybody reads alike"),
        ("http://0x7f000001/", "not everybody reads alike"),
        ("http://127.1/", "not everybody reads alike"),
        ("http://127.0.0.1./", "not at a public address"),
        ("http://127.0.0.1/", "not at a public address"),
        ("http://[::1]/", "not at a public address"),
        ("http://[::ffff:127.0.0.1]/", "not at a public address"),
        ("http://169.254.169.254/latest/meta-data/", "credentials of machines"),
        ("http://[::ffff:169.254.169.254]/", "credentials of machines"),
        ("http://[fd00:ec2::254]/", "credentials of machines"),
        ("http://100.100.100.200/", "credentials of machines"),
        ("http://metadata.google.internal/", "credentials of machines"),
        ("http://METADATA.google.internal./", "credentials of machines"),
        ("http://example.com:25/", "port 25"),
        ("http://example.com:0/", "port 0"),
        ("http://example.com:6379/", "port 6379"),
    ],
)
def test_an_address_is_refused_before_anything_is_looked_up(url: str, why: str) -> None:
    with pytest.raises(EgressRefused, match=why):
        EgressPolicy().check_url(httpx.URL(url))


@pytest.mark.parametrize("url", ["https://example.com/", "http://example.com:8080/x", "https://8.8.8.8/", "https://bücher.example/"])
def test_a_public_address_is_let_through(url: str) -> None:
    EgressPolicy().check_url(httpx.URL(url))


@pytest.mark.parametrize("host", ["0177.0.0.1", "8.8.8.010", "127.1", "fe80::1%eth0", "1:2"])
def test_a_host_that_is_an_address_in_an_odd_form_is_no_name(host: str) -> None:
    with pytest.raises(EgressRefused):
        EgressPolicy().check_host(host, 80)


@pytest.mark.parametrize("url", ["http://\uff11\uff12\uff17.0.0.1/", "http://0177.0.0.1/", "http://[fe80::1%25eth0]/", "http:///x"])
def test_what_httpx_itself_does_not_take_goes_nowhere_either(url: str) -> None:
    with pytest.raises((EgressRefused, httpx.InvalidURL)):
        EgressPolicy().check_url(httpx.URL(url))


def test_a_refusal_does_not_tell_where_a_name_leads() -> None:
    with pytest.raises(EgressRefused) as refused:
        EgressPolicy().check_address("intranet.example.com", ipaddress.ip_address("10.11.12.13"), 80)
    assert "10.11.12.13" not in f"{refused.value} {refused.value.hint} {refused.value.rule}"
    assert "intranet.example.com" in str(refused.value)


def test_the_allow_list_opens_names_networks_and_ports() -> None:
    policy = EgressPolicy.from_environment({"FLOWFORGE_EGRESS_ALLOW": "crm.corp, *.lab.corp 10.1.0.0/16 [::1]:9000"})
    inside = ipaddress.ip_address("10.9.9.9")
    policy.check_address("crm.corp", inside, 80)
    policy.check_address("a.b.lab.corp", inside, 80)
    policy.check_address("any.corp", ipaddress.ip_address("10.1.2.3"), 80)
    policy.check_url(httpx.URL("http://[::1]:9000/"))
    policy.check_url(httpx.URL("http://crm.corp:25/"))  # it was named, so its operator knows what answers there
    for host, address, port in (("lab.corp", inside, 80), ("evilcrm.corp", inside, 80), ("x", ipaddress.ip_address("::1"), 9001)):
        with pytest.raises(EgressRefused):
            policy.check_address(host, address, port)


def test_a_network_in_the_allow_list_does_not_open_metadata() -> None:
    address = ipaddress.ip_address("169.254.169.254")
    with pytest.raises(EgressRefused, match="credentials"):
        EgressPolicy(allow=read_places("169.254.0.0/16 0.0.0.0/0", "TEST")).check_address("x.example", address, 80)
    with pytest.raises(EgressRefused, match="credentials"):
        EgressPolicy(allow=read_places("x.example", "TEST")).check_address("x.example", address, 80)  # whoever owns that name chose this
    EgressPolicy(allow=read_places("169.254.169.254", "TEST")).check_address("x.example", address, 80)
    EgressPolicy(allow=read_places("metadata.google.internal", "TEST")).check_address("metadata.google.internal", address, 80)


def test_the_deny_list_wins_over_the_allow_list() -> None:
    policy = EgressPolicy(allow=read_places("a.example 10.0.0.0/8", "TEST"), deny=read_places("a.example 10.0.0.5", "TEST"))
    with pytest.raises(EgressRefused, match="deny"):
        policy.check_url(httpx.URL("https://a.example/"))
    for form in ("10.0.0.5", "::ffff:10.0.0.5", "64:ff9b::a00:5", "2002:a00:5::1"):
        with pytest.raises(EgressRefused, match="deny"):
            policy.check_address("b.example", ipaddress.ip_address(form), 80)


def test_in_strict_mode_only_what_is_listed_is_open() -> None:
    policy = EgressPolicy(only=read_places("hooks.example 1.1.1.0/24", "TEST"), allow=read_places("crm.corp", "TEST"))
    public = ipaddress.ip_address("8.8.8.8")
    policy.check_address("hooks.example", public, 443)
    policy.check_address("other.example", ipaddress.ip_address("1.1.1.1"), 443)
    policy.check_address("crm.corp", ipaddress.ip_address("10.0.0.1"), 443)
    with pytest.raises(EgressRefused, match="operator listed"):
        policy.check_address("other.example", public, 443)
    with pytest.raises(EgressRefused, match="public"):
        policy.check_address("hooks.example", ipaddress.ip_address("10.0.0.1"), 443)
    with pytest.raises(EgressRefused, match="operator listed"):
        EgressPolicy(only=read_places("hooks.example", "TEST")).check_url(httpx.URL("https://other.example/"))


def test_what_the_operator_set_is_trusted_at_its_port_alone() -> None:
    policy = EgressPolicy().trusting("http://127.0.0.1:11434/v1")
    policy.check_url(httpx.URL("http://127.0.0.1:11434/v1/models"))
    with pytest.raises(EgressRefused):
        policy.check_url(httpx.URL("http://127.0.0.1:11435/"))
    by_name = EgressPolicy().trusting("http://models.corp:80/")
    by_name.check_address("models.corp", ipaddress.ip_address("10.0.0.1"), 80)


@pytest.mark.parametrize("entry", ["http://x", "a b/c", "1.2.3", "10.0.0.0/33", "x:99999", "x:", "*", "a*b", "u@h"])
def test_an_entry_that_cannot_be_read_is_named(entry: str) -> None:
    with pytest.raises(ConfigurationError, match="FLOWFORGE_EGRESS_DENY"):
        EgressPolicy.from_environment({"FLOWFORGE_EGRESS_DENY": entry})


def test_metadata_is_known_in_every_form() -> None:
    assert all(is_metadata(ipaddress.ip_address(text)) for text in ("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"))
