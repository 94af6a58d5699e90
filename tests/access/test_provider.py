"""Providers of sign-on as settings name them."""

from __future__ import annotations

import re

import pytest

from flowforge.access.provider import read_providers
from flowforge.errors import ConfigurationError


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ACME_ISSUER": "https://a.example"}, "ACME_CLIENT_ID is not set"),
        ({"ACME_ISSUER": "http://a.example", "ACME_CLIENT_ID": "x"}, "https://"),
        ({"ACME_ISSUER": "a.example", "ACME_CLIENT_ID": "x"}, "must be an address"),
        ({"ACME_ISSUER": "https://a.example", "ACME_CLIENT_ID": "x", "ACME_ROLES": "eng"}, "group=role"),
        ({"ACME_ISSUER": "https://a.example", "ACME_CLIENT_ID": "x", "ACME_ROLES": "eng=root"}, "root"),
        ({"ACME_ISSUER": "https://a.example", "ACME_CLIENT_ID": "x", "ACME_DEFAULT_ROLE": "all"}, "all"),
        ({"ACME_ISSUR": "https://a.example"}, "no setting of a provider"),
    ],
)
def test_a_wrong_setting_is_named(settings, said):
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        read_providers({f"FLOWFORGE_OIDC_{name}": value for name, value in settings.items()})


def test_a_providers_secret_is_not_shown():
    fields = {"ISSUER": "https://a.example", "CLIENT_ID": "x", "CLIENT_SECRET": "s3cret"}
    found = read_providers({f"FLOWFORGE_OIDC_MY_IDP_{name}": value for name, value in fields.items()})
    assert list(found) == ["my-idp"] and found["my-idp"].client_secret == "s3cret" and "s3cret" not in repr(found)
