"""The second factor: codes of an app (TOTP, RFC 6238) and recovery codes for when the app is lost. Each is used once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

import pyotp

from flowforge.access.account import Account, sql
from flowforge.access.one_time import token_hash
from flowforge.db.queries import Connection
from flowforge.secrets.sealed import totp_label
from flowforge.secrets.vault import DEPLOYMENT, Vault

STEP_SECONDS = 30
WINDOW = 1  # steps before and after that are taken too: clocks differ, people type slowly
RECOVERY_CODES = 10
RECOVERY_CHARACTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
RECOVERY_LENGTH = 16  # 79 bits


@dataclass(frozen=True)
class Enrolment:
    """What an app needs to make codes: shown once, before it is confirmed by one of them."""

    secret: str = field(repr=False)
    url: str = field(repr=False)


async def begin_enrolment(connection: Connection, vault: Vault, account: Account) -> Enrolment:
    """A fresh secret for an account; it counts once `confirm_enrolment` has seen a code of it."""
    secret = pyotp.random_base32()
    sealed = await vault.seal(connection, DEPLOYMENT, totp_label(account.account_id), secret.encode())
    await sql.set_totp.execute(connection, account_id=account.account_id, totp=sealed, confirmed=False, step=0)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name="FlowForge"))


async def confirm_enrolment(connection: Connection, vault: Vault, account: Account, code: str) -> tuple[str, ...] | None:
    """Recovery codes, shown once, when the code is right; None when it is not."""
    step = await matching_step(connection, vault, account, code)
    if step is None or account.totp is None:
        return None
    await sql.set_totp.execute(connection, account_id=account.account_id, totp=account.totp, confirmed=True, step=step)
    return await renew_recovery_codes(connection, account.account_id)


async def renew_recovery_codes(connection: Connection, account_id: UUID) -> tuple[str, ...]:
    """Ten fresh codes in the place of those that are left."""
    codes = tuple(_new_code() for _ in range(RECOVERY_CODES))
    await sql.drop_recovery_codes.execute(connection, account_id=account_id)
    hashes = [token_hash(_bare(code)) for code in codes]
    await sql.add_recovery_codes.execute(connection, account_id=account_id, code_hashes=hashes)
    return codes


async def remove(connection: Connection, account_id: UUID) -> None:
    """No second factor is asked for any more."""
    await sql.set_totp.execute(connection, account_id=account_id, totp=None, confirmed=False, step=0)
    await sql.drop_recovery_codes.execute(connection, account_id=account_id)


async def matching_step(connection: Connection, vault: Vault, account: Account, code: str) -> int | None:
    """The step of time that the code is of, if it is one of now or next to it; whether it was used already is not asked."""
    if account.totp is None:
        return None
    secret = (await vault.open(connection, DEPLOYMENT, totp_label(account.account_id), account.totp)).decode()
    moment: datetime = await sql.moment.fetchval(connection)
    now = int(moment.timestamp()) // STEP_SECONDS
    codes = pyotp.TOTP(secret, interval=STEP_SECONDS)
    given = "".join(code.split()).encode()
    found = [step for step in range(now - WINDOW, now + WINDOW + 1) if compare_digest(codes.at(step * STEP_SECONDS).encode(), given)]
    return found[-1] if found else None


async def use_code(connection: Connection, account_id: UUID, code: str, step: int | None) -> bool:
    """Use up a code of the app (that is of `step`) or a recovery code; False when there is none, or it was used before."""
    if step is not None:
        return await sql.use_totp_step.fetchval(connection, account_id=account_id, step=step) is not None
    hashed = token_hash(_bare(code))
    return await sql.use_recovery_code.fetchval(connection, account_id=account_id, code_hash=hashed) is not None


def _new_code() -> str:
    text = "".join(secrets.choice(RECOVERY_CHARACTERS) for _ in range(RECOVERY_LENGTH))
    return "-".join(text[at : at + 4] for at in range(0, RECOVERY_LENGTH, 4))


def _bare(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()
