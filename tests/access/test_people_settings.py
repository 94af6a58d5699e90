"""What settings say about people's sessions and the address of a server."""

from __future__ import annotations

import pytest

from flowforge.errors import ConfigurationError
from flowforge.settings import Settings


def test_they_are_read_as_people_write_them():
    found = Settings.from_environment(
        {
            "FLOWFORGE_SESSION_IDLE": "1h",
            "FLOWFORGE_SESSION_MAX": "7d",
            "FLOWFORGE_PUBLIC_URL": "https://x.example/",
            "FLOWFORGE_OIDC_A_ISSUER": "y",
            "FLOWFORGE_FORWARDED_ALLOW_IPS": "10.0.0.5, 172.16.0.0/12",
        }
    )

    assert (found.session_idle_seconds, found.session_seconds, found.public_url) == (3600, 7 * 86400, "https://x.example")
    assert found.forwarded_allow_ips == ("10.0.0.5", "172.16.0.0/12")
    assert found.sign_on == {"FLOWFORGE_OIDC_A_ISSUER": "y"} and "OIDC" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_IDLE", "1s"),
        ("SESSION_IDLE", "soon"),
        ("SESSION_MAX", "3y"),
        ("FORWARDED_ALLOW_IPS", "*"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.1,proxy.example"),
        ("PUBLIC_URL", "x.example"),
        ("PUBLIC_URL", "https://a:b@x.example"),
    ],
)
def test_what_cannot_be_is_named(name, value):
    with pytest.raises(ConfigurationError, match=f"FLOWFORGE_{name}"):
        Settings.from_environment({f"FLOWFORGE_{name}": value})
