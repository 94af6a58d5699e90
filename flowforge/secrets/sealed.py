"""Every column that holds sealed values, and what each value is bound to. Whoever seals something for a row adds its place here; a test
compares this with the schema. What is sealed and not kept in a row (a cookie of a sign-on on its way) has no place here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flowforge.db.queries import Query, load_queries

API_KEY_PEPPER = "api-key pepper"

sql = load_queries("flowforge.secrets")


@dataclass(frozen=True)
class Sealed:
    """A column of sealed values: how the next one that an older data key sealed is found, what it is bound to, how it is put back.

    `of_deployment`: the deployment's data key seals it, else that of the row's tenant.
    """

    table: str
    column: str
    label: Callable[[Any], str]
    next_older: Query
    reseal: Query
    of_deployment: bool = False


def secret_label(name: str, kind: str, subject: str, version: int) -> str:
    """A secret's value does not open as another version, or another secret."""
    return f"secret:{name}:{kind}:{subject}:{version}"


def webhook_key_label(key_id: UUID) -> str:
    return f"webhook_key:{key_id.hex}"


def totp_label(account_id: UUID) -> str:
    return f"totp:{account_id}"


def audit_key_label(key_id: str) -> str:
    return f"audit signing key:{key_id}"


SEALED = (
    Sealed(
        "secret_version",
        "sealed",
        lambda row: secret_label(row["name"], row["scope"], row["subject"], row["version"]),
        sql.next_older_version,
        sql.reseal_version,
    ),
    Sealed("webhook_key", "sealed", lambda row: webhook_key_label(row["key_id"]), sql.next_older_webhook_key, sql.reseal_webhook_key),
    Sealed("account", "totp", lambda row: totp_label(row["account_id"]), sql.next_older_totp, sql.reseal_totp, of_deployment=True),
    Sealed("api_key_pepper", "sealed", lambda row: API_KEY_PEPPER, sql.next_older_pepper, sql.reseal_pepper, of_deployment=True),
    Sealed(
        "audit_signing_key",
        "sealed",
        lambda row: audit_key_label(row["key_id"]),
        sql.next_older_audit_key,
        sql.reseal_audit_key,
        of_deployment=True,
    ),
)
