"""Providers of sign-on (OpenID Connect), as settings name them. They are the deployment's, like the network that leads to them, and their
secrets are where its other secrets are: so they are settings and not rows.

    FLOWFORGE_OIDC_ACME_ISSUER=https://login.acme.example
    FLOWFORGE_OIDC_ACME_CLIENT_ID=flowforge
    FLOWFORGE_OIDC_ACME_CLIENT_SECRET=…
    FLOWFORGE_OIDC_ACME_ROLES=eng-leads=admin,eng=member
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flowforge.access.permission import ROLE_NAMES, Role
from flowforge.errors import ConfigurationError

PREFIX = "FLOWFORGE_OIDC_"
_OF_ITSELF = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "LABEL", "SCOPES")
_OF_ITS_PEOPLE = ("TENANT", "GROUPS_CLAIM", "ROLES", "DEFAULT_ROLE", "DOMAINS", "TRUSTED", "VERIFIED_CLAIM")
FIELDS = (*_OF_ITSELF, *_OF_ITS_PEOPLE)
_NAME = re.compile(rf"{PREFIX}([A-Z0-9]+(?:_[A-Z0-9]+)*?)_({'|'.join(FIELDS)})")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Provider:
    """One provider. Who comes from it gets the highest role that `roles` gives to one of their groups, else `default_role`, else none."""

    name: str
    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)  # None: a public client, with PKCE alone
    label: str = ""
    scopes: str = "openid email profile"
    tenant: str = "default"  # where those who come from it work
    groups_claim: str = "groups"
    roles: Mapping[str, Role] = field(default_factory=dict)
    default_role: Role | None = None
    domains: frozenset[str] = frozenset()  # of the addresses that get an account at their first sign-in; those in a mapped group do anyway
    trusted: bool = False  # whom it vouches for is let into an account of the same address that exists already
    verified_claim: str = "email_verified"

    def role_of(self, groups: frozenset[str]) -> Role | None:
        """The highest role that these groups give; None when they give none."""
        given = {role for group, role in self.roles.items() if group in groups}
        return next((role for role in ROLE_NAMES if role in given), None)


def read_providers(settings: Mapping[str, str]) -> dict[str, Provider]:
    """The providers by name, from settings `FLOWFORGE_OIDC_<NAME>_<FIELD>`. Raises ConfigurationError."""
    found: dict[str, dict[str, str]] = {}
    for variable, value in settings.items():
        match = _NAME.fullmatch(variable)
        if match is None:
            raise ConfigurationError(f"{variable} is no setting of a provider", hint=f"they end in {', '.join(FIELDS)}")
        if value:
            found.setdefault(match[1], {})[match[2]] = value.strip()
    return {provider.name: provider for provider in (_read(name, fields) for name, fields in found.items())}


def _read(name: str, fields: Mapping[str, str]) -> Provider:
    variable = f"{PREFIX}{name}_"
    for needed in ("ISSUER", "CLIENT_ID"):
        if needed not in fields:
            raise ConfigurationError(f"{variable}{needed} is not set")
    known: dict[str, object] = {
        "name": name.lower().replace("_", "-"),
        "issuer": _issuer(f"{variable}ISSUER", fields["ISSUER"]),
        "client_id": fields["CLIENT_ID"],
        "client_secret": fields.get("CLIENT_SECRET"),
        "label": fields.get("LABEL", name.replace("_", " ").title()),
        "roles": _roles(f"{variable}ROLES", fields.get("ROLES", "")),
        "domains": frozenset(part.strip().lower().lstrip("@") for part in fields.get("DOMAINS", "").split(",") if part.strip()),
        "trusted": fields.get("TRUSTED", "").lower() in {"1", "true", "yes"},
    }
    if "DEFAULT_ROLE" in fields:
        known["default_role"] = _role(f"{variable}DEFAULT_ROLE", fields["DEFAULT_ROLE"])
    if "SCOPES" in fields:
        known["scopes"] = " ".join(dict.fromkeys(["openid", *fields["SCOPES"].split()]))
    known |= {part.lower(): fields[part] for part in ("TENANT", "GROUPS_CLAIM", "VERIFIED_CLAIM") if part in fields}
    return Provider(**known)  # type: ignore[arg-type]


def _issuer(variable: str, text: str) -> str:
    parts = urlsplit(text)
    if not parts.hostname or parts.scheme not in ("https", "http") or parts.query or parts.fragment:
        raise ConfigurationError(f"{variable} must be an address, not {text[:100]!r}", hint="as in https://login.example.com")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ConfigurationError(f"{variable} must begin with https://; plain http is for a provider on this machine")
    return text


def _roles(variable: str, text: str) -> dict[str, Role]:
    """`group=role,group=role`; a group's name may hold what it likes but a comma."""
    found: dict[str, Role] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        group, equals, role = part.rpartition("=")
        if not equals or not group:
            raise ConfigurationError(f"{variable} must be written as group=role,group=role, not {part[:60]!r}")
        found[group.strip()] = _role(variable, role.strip())
    return found


def _role(variable: str, text: str) -> Role:
    for role in ROLE_NAMES:
        if role == text:
            return role
    raise ConfigurationError(f"{variable} can give {', '.join(ROLE_NAMES)}, not {text[:60]!r}")
